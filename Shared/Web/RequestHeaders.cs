namespace CacheDemo;

/// <summary>Handles headers that would make the framework fail.</summary>
internal static class RequestHeaders
{
    /// <summary>
    /// Returns 400 for an invalid host, at which the framework throws wherever it is read. Removes Accept: each
    /// response has one format, and a client that accepts another gets the problem document all the same (RFC 9110,
    /// 12.5.1).
    /// </summary>
    public static IApplicationBuilder UseCheckedHeaders(this IApplicationBuilder app) => app.Use((context, next) =>
    {
        context.Request.Headers.Accept = default;
        try
        {
            _ = context.Request.Host;
        }
        catch (ArgumentException)
        {
            const string Detail = "The Host header is not a host name.";
            return TypedResults.Problem(Detail, statusCode: StatusCodes.Status400BadRequest).ExecuteAsync(context);
        }

        return next(context);
    });
}

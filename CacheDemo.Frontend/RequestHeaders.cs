namespace CacheDemo.Frontend;

/// <summary>What is done about headers that would make the framework fail.</summary>
internal static class RequestHeaders
{
    /// <summary>
    /// Answers 400 to a host that is not a name: the framework throws wherever it is read. Takes Accept off: each
    /// answer has one format, and what a client would rather have must not cost it the problem document (RFC 9110,
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
            return TypedResults.Problem("The Host header is not a host name.", statusCode: StatusCodes.Status400BadRequest).ExecuteAsync(context);
        }

        return next(context);
    });
}

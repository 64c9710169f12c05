using Microsoft.Net.Http.Headers;

namespace CacheDemo.Api.Http;

/// <summary>Accepts JSON in UTF-8 only (RFC 8259), without compression.</summary>
internal static class JsonBodies
{
    /// <summary>
    /// Returns 415 for a body with a content coding or in another charset, and removes <c>charset=utf-8</c> from the
    /// others, quoted or not (RFC 9110, 8.3.2). The framework fails with a 500 where the charset is quoted, unknown or
    /// utf-7. Chunked bodies are limited by <see cref="LimitedBody"/>.
    /// </summary>
    public static IApplicationBuilder UseJsonBodies(this IApplicationBuilder app) => app.Use((context, next) =>
    {
        var request = context.Request;
        LimitedBody.Limit(context);
        if (request.Headers.ContentEncoding is { Count: > 0 } coding
            && !coding.ToString().Equals("identity", StringComparison.OrdinalIgnoreCase))
        {
            return RefuseAsync(context);
        }

        if (!MediaTypeHeaderValue.TryParse(request.ContentType, out var type) || !type.Charset.HasValue)
            return next(context);
        if (!HeaderUtilities.RemoveQuotes(type.Charset).Equals("utf-8", StringComparison.OrdinalIgnoreCase))
            return RefuseAsync(context);

        type.Charset = null;
        request.ContentType = type.ToString();
        return next(context);
    });

    private static Task RefuseAsync(HttpContext context)
    {
        context.Response.StatusCode = StatusCodes.Status415UnsupportedMediaType;
        return Task.CompletedTask;
    }
}

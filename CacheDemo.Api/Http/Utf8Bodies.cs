using Microsoft.Net.Http.Headers;

namespace CacheDemo.Api.Http;

/// <summary>Takes JSON in UTF-8 only, as RFC 8259 has it.</summary>
internal static class Utf8Bodies
{
    /// <summary>
    /// Answers 415 to a body in another charset, and takes <c>charset=utf-8</c> off the others, quoted or not (RFC 9110, 8.3.2). The
    /// framework fails with a 500 where the charset is quoted, unknown (<c>nonsense</c>) or refused (<c>utf-7</c>).
    /// </summary>
    public static IApplicationBuilder UseUtf8Bodies(this IApplicationBuilder app) => app.Use((context, next) =>
    {
        var request = context.Request;
        if (!MediaTypeHeaderValue.TryParse(request.ContentType, out var type) || !type.Charset.HasValue)
            return next(context);

        if (!HeaderUtilities.RemoveQuotes(type.Charset).Equals("utf-8", StringComparison.OrdinalIgnoreCase))
        {
            context.Response.StatusCode = StatusCodes.Status415UnsupportedMediaType;
            return Task.CompletedTask;
        }

        type.Charset = null;
        request.ContentType = type.ToString();
        return next(context);
    });
}

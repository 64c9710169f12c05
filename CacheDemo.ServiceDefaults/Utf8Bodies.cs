using Microsoft.AspNetCore.Http;
using Microsoft.Net.Http.Headers;

namespace Microsoft.AspNetCore.Builder;

/// <summary>Takes JSON in UTF-8 only, as RFC 8259 has it.</summary>
public static class Utf8Bodies
{
    private const string Charset = "charset";

    /// <summary>
    /// Answers 415 to a body that says another charset. The framework fails with a 500 where it does not know it
    /// (<c>charset=nonsense</c>) or will not have it (<c>charset=utf-7</c>).
    /// </summary>
    public static IApplicationBuilder UseUtf8Bodies(this IApplicationBuilder app) => app.Use((context, next) =>
    {
        if (IsUtf8(context.Request.ContentType))
            return next(context);

        context.Response.StatusCode = StatusCodes.Status415UnsupportedMediaType;
        return Task.CompletedTask;
    });

    private static bool IsUtf8(string? contentType) =>
        contentType?.Contains(Charset, StringComparison.OrdinalIgnoreCase) is not true
        || !MediaTypeHeaderValue.TryParse(contentType, out var type)
        || type.Charset is not { HasValue: true } charset
        || HeaderUtilities.RemoveQuotes(charset).Equals("utf-8", StringComparison.OrdinalIgnoreCase);
}

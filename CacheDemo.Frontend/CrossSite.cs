using Microsoft.Net.Http.Headers;

namespace CacheDemo.Frontend;

/// <summary>
/// Rejects cross-site requests of browsers, which would carry the user's cookie, or come from inside their network.
/// Programs send neither <c>Sec-Fetch-Site</c> nor <c>Origin</c>, and are not affected.
/// </summary>
internal static class CrossSite
{
    /// <summary>Returns 403 for cross-site requests with an unsafe method.</summary>
    public static IApplicationBuilder UseSameSiteOnly(this IApplicationBuilder app) => app.Use((context, next) =>
    {
        if (IsSafe(context.Request.Method) || IsSameSite(context.Request))
            return next(context);
        const string Detail = "Another site's page must not do this.";
        return TypedResults.Problem(Detail, statusCode: StatusCodes.Status403Forbidden).ExecuteAsync(context);
    });

    private static bool IsSafe(string method) =>
        HttpMethods.IsGet(method)
        || HttpMethods.IsHead(method)
        || HttpMethods.IsOptions(method)
        || HttpMethods.IsTrace(method);

    private static bool IsSameSite(HttpRequest request)
    {
        if (request.Headers["Sec-Fetch-Site"] is { Count: > 0 } site)
            return site.ToString() is "same-origin" or "none";

        // Over plain http browsers send Sec-Fetch-Site to localhost only. Behind a proxy the scheme may differ.
        return request.Headers[HeaderNames.Origin] is not { Count: > 0 } origin
            || (Uri.TryCreate(origin.ToString(), UriKind.Absolute, out var from) && IsHostOf(from, request.Host));
    }

    // As in browsers: without a port, that of the scheme; names in their ASCII form.
    private static bool IsHostOf(Uri origin, HostString host) =>
        host.HasValue && (host.Port ?? (origin.Scheme == Uri.UriSchemeHttps ? 443 : 80)) == origin.Port
        && string.Equals(origin.IdnHost, AsciiName(host), StringComparison.OrdinalIgnoreCase);

    private static string AsciiName(HostString host) =>
        Uri.TryCreate($"http://{host.Host}", UriKind.Absolute, out var url) ? url.IdnHost : host.Host;
}

using Microsoft.Net.Http.Headers;

namespace CacheDemo.Frontend;

/// <summary>
/// Refuses what another site's page has a browser send here: it would come with the person's cookie, or from inside
/// their network. Programs say neither <c>Sec-Fetch-Site</c> nor <c>Origin</c>, and are not meant.
/// </summary>
internal static class CrossSite
{
    public static IApplicationBuilder UseSameSiteOnly(this IApplicationBuilder app) =>
        app.Use(
            (context, next) =>
                ChangesNothing(context.Request.Method) || IsOurs(context.Request)
                    ? next(context)
                    : TypedResults
                        .Problem("Another site's page must not do this.", statusCode: StatusCodes.Status403Forbidden)
                        .ExecuteAsync(context));

    private static bool ChangesNothing(string method) =>
        HttpMethods.IsGet(method)
        || HttpMethods.IsHead(method)
        || HttpMethods.IsOptions(method)
        || HttpMethods.IsTrace(method);

    private static bool IsOurs(HttpRequest request)
    {
        if (request.Headers["Sec-Fetch-Site"] is { Count: > 0 } site)
            return site.ToString() is "same-origin" or "none";

        // Browsers leave Sec-Fetch-Site out over plain http to anything but localhost. Behind a proxy the scheme may
        // differ.
        return request.Headers[HeaderNames.Origin] is not { Count: > 0 } origin
            || (Uri.TryCreate(origin.ToString(), UriKind.Absolute, out var from) && IsHostOf(from, request.Host));
    }

    // As a browser means them: without a port, the scheme's; names in their ASCII form.
    private static bool IsHostOf(Uri origin, HostString host) =>
        host.HasValue && (host.Port ?? (origin.Scheme == Uri.UriSchemeHttps ? 443 : 80)) == origin.Port
        && string.Equals(origin.IdnHost, AsciiName(host), StringComparison.OrdinalIgnoreCase);

    private static string AsciiName(HostString host) =>
        Uri.TryCreate($"http://{host.Host}", UriKind.Absolute, out var url) ? url.IdnHost : host.Host;
}

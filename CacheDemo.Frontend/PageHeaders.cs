namespace CacheDemo.Frontend;

/// <summary>
/// The headers that restrict the page in a browser: it may load from and call its own host only.
/// </summary>
internal static class PageHeaders
{
    private const int YearInSeconds = 365 * 24 * 60 * 60;

    /// <summary>
    /// Adds them to every answer. Strict-Transport-Security goes out over https only, which behind a load balancer that
    /// ends TLS is known from <c>X-Forwarded-Proto</c>.
    /// </summary>
    public static IApplicationBuilder UsePageHeaders(this IApplicationBuilder app) =>
        app.UseSecurityHeaders(headers => headers
            .AddContentSecurityPolicy(policy =>
            {
                policy.AddDefaultSrc().None();
                policy.AddScriptSrc().Self();
                policy.AddStyleSrc().Self();
                policy.AddImgSrc().Self();
                policy.AddConnectSrc().Self();
                policy.AddBaseUri().None();
                policy.AddFormAction().None(); // the forms are sent by script
                policy.AddFrameAncestors().None();
                policy.AddRequireTrustedTypesFor().Script();
            })
            .AddStrictTransportSecurityMaxAge(YearInSeconds)
            .AddContentTypeOptionsNoSniff()
            .AddFrameOptionsDeny()
            .AddReferrerPolicyNoReferrer()
            .AddCrossOriginOpenerPolicy(policy => policy.SameOrigin())
            .AddCrossOriginResourcePolicy(policy => policy.SameOrigin())
            .AddPermissionsPolicy(policy =>
            {
                // The library's defaults name features that Chromium does not know, and warns of at every load.
                policy.AddCamera().None();
                policy.AddDisplayCapture().None();
                policy.AddGeolocation().None();
                policy.AddMicrophone().None();
                policy.AddPayment().None();
                policy.AddUsb().None();
            }));
}

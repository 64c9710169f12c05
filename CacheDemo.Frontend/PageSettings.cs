using System.ComponentModel;
using CacheDemo.Frontend.SignIn;
using Microsoft.Extensions.Options;

namespace CacheDemo.Frontend;

/// <summary>What the page needs to know of its surroundings, for everyone to read.</summary>
/// <param name="Dashboard">Where the traces are; null where there is no dashboard.</param>
/// <param name="SignIn">How one signs in; null where nobody has to.</param>
internal sealed record PageSettings(string? Dashboard, WaysIn? SignIn);

/// <summary>How one signs in.</summary>
/// <param name="Key">With the key that everyone shares.</param>
/// <param name="Authority">At an OpenID Connect provider.</param>
internal sealed record WaysIn(bool Key, bool Authority);

/// <summary>Options of the page, section <c>Page</c>.</summary>
internal sealed class PageOptions
{
    /// <summary>The address of the Aspire dashboard, for links to traces.</summary>
    [Description("an http or https URL"), HttpUrl]
    public string? Dashboard { get; set; }
}

/// <summary>Answers <c>/settings.json</c>.</summary>
internal static class PageSettingsApi
{
    public static void AddPageSettings(this IHostApplicationBuilder builder) =>
        builder.AddCheckedOptions<PageOptions>("Page");

    public static void MapSettings(this IEndpointRouteBuilder routes) =>
        routes
            .MapGet(
                "/settings.json",
                (IOptions<PageOptions> page, IOptions<SignInOptions> options) =>
                    new PageSettings(
                        page.Value.Dashboard,
                        options.Value is { ByKey: false, ByAuthority: false }
                            ? null
                            : new WaysIn(options.Value.ByKey, options.Value.ByAuthority)))
            .AllowAnonymous();
}

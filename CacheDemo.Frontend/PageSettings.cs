using System.ComponentModel;
using CacheDemo.Frontend.SignIn;
using Microsoft.Extensions.Options;

namespace CacheDemo.Frontend;

/// <summary>Settings of the page; not secret.</summary>
/// <param name="Dashboard">The address of the dashboard; null without one.</param>
/// <param name="SignIn">How users sign in; null where they need not.</param>
internal sealed record PageSettings(string? Dashboard, SignInMethods? SignIn);

/// <summary>How users can sign in.</summary>
/// <param name="Key">With the API key.</param>
/// <param name="Authority">At an OpenID Connect provider.</param>
internal sealed record SignInMethods(bool Key, bool Authority);

/// <summary>Options of the page, section <c>Page</c>.</summary>
internal sealed class PageOptions
{
    /// <summary>The address of the Aspire dashboard, for links to traces.</summary>
    [Description("an http or https URL"), HttpUrl]
    public string? Dashboard { get; set; }
}

/// <summary>The route <c>/settings.json</c>.</summary>
internal static class PageSettingsApi
{
    /// <summary>Registers the options.</summary>
    public static void AddPageSettings(this IHostApplicationBuilder builder) =>
        builder.AddCheckedOptions<PageOptions>("Page");

    /// <summary>Maps <c>/settings.json</c>.</summary>
    public static void MapSettings(this IEndpointRouteBuilder routes) =>
        routes.MapGet("/settings.json", Settings).AllowAnonymous();

    private static PageSettings Settings(IOptions<PageOptions> page, IOptions<SignInOptions> signIn) => new(
        page.Value.Dashboard,
        signIn.Value is { ByKey: false, ByAuthority: false }
            ? null
            : new SignInMethods(signIn.Value.ByKey, signIn.Value.ByAuthority));
}

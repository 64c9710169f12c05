using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.Cookies;
using Microsoft.AspNetCore.Authentication.OpenIdConnect;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.Extensions.Options;
using Microsoft.IdentityModel.Protocols.OpenIdConnect;

namespace CacheDemo.Frontend.SignIn;

/// <summary>
/// Registers authentication. Where a sign-in is configured, every route that is not anonymous returns 401 without it,
/// also routes that do not exist; where none is, nothing is registered.
/// </summary>
internal static class SignInSetup
{
    private const string Authority = OpenIdConnectDefaults.AuthenticationScheme;
    private const string Browser = CookieAuthenticationDefaults.AuthenticationScheme;
    private const string KeyOrBrowser = "key or browser";

    public static void AddSignIn(this IHostApplicationBuilder builder)
    {
        var services = builder.Services;
        builder.AddCheckedOptions<SignInOptions>("SignIn");
        var signIn = builder.Configuration.GetChecked<SignInOptions>("SignIn");
        var authorization = services.AddAuthorizationBuilder();
        if (!signIn.ByKey && !signIn.ByAuthority)
            return;

        authorization.SetFallbackPolicy(new AuthorizationPolicyBuilder().RequireAuthenticatedUser().Build());

        var authentication = services.AddAuthentication(KeyOrBrowser)
            .AddPolicyScheme(KeyOrBrowser, null, options => options.ForwardDefaultSelector = context =>
                signIn.ByKey && ApiKeyHandler.KeyOf(context.Request) is not null ? ApiKeyHandler.Name : Browser)
            .AddCookie(options => Configure(options, signIn));
        if (signIn.ByKey)
        {
            services.AddSingleton<ApiKeyValidator>();
            authentication.AddScheme<AuthenticationSchemeOptions, ApiKeyHandler>(ApiKeyHandler.Name, null);
        }

        if (signIn.ByAuthority)
            authentication.AddOpenIdConnect(options => Configure(options, signIn));

        var protection = services.AddDataProtection().SetApplicationName("CacheDemo.Frontend");
        if (signIn.KeyRing is { Length: > 0 } folder)
            protection.PersistKeysToFileSystem(new DirectoryInfo(folder));

        // With another key or authority, the cookies that the former gave are worth nothing.
        services
            .AddOptions<CookieAuthenticationOptions>(Browser)
            .Configure<IDataProtectionProvider>(
                (options, provider) =>
                    options.DataProtectionProvider = provider.CreateProtector("CacheDemo.SignIn", Fingerprint(signIn)));
    }

    /// <summary>Adds authentication and authorization, where a sign-in is configured.</summary>
    public static void UseSignIn(this WebApplication app)
    {
        var signIn = app.Services.GetRequiredService<IOptions<SignInOptions>>().Value;
        if (!signIn.ByKey && !signIn.ByAuthority)
            return;

        if (signIn.ByKey && signIn.ApiKey!.Length < 16)
            app.Logger.LogWarning("SignIn:ApiKey is short: take 16 characters or more, at random.");
        app.UseAuthentication();
        app.UseAuthorization();
    }

    private static void Configure(CookieAuthenticationOptions options, SignInOptions signIn)
    {
        options.Cookie.Name = "cachedemo";
        options.Cookie.HttpOnly = true;
        options.Cookie.SameSite = SameSiteMode.Strict;
        options.Cookie.SecurePolicy = CookieSecurePolicy.SameAsRequest;
        options.ExpireTimeSpan = TimeSpan.FromHours(signIn.Hours);
        options.SlidingExpiration = true;

        // The page asks by script, which cannot follow to a form: it shows its own.
        options.Events.OnRedirectToLogin = context =>
        {
            context.Response.StatusCode = StatusCodes.Status401Unauthorized;
            context.Response.Headers.WWWAuthenticate = signIn.ByKey ? "Bearer" : "Cookie";
            return Task.CompletedTask;
        };
    }

    private static void Configure(OpenIdConnectOptions options, SignInOptions signIn)
    {
        options.SignInScheme = Browser;
        options.Authority = signIn.Authority;
        options.ClientId = signIn.ClientId;
        options.ClientSecret = signIn.ClientSecret;
        options.RequireHttpsMetadata = !new Uri(signIn.Authority!).IsLoopback;
        options.ResponseType = OpenIdConnectResponseType.Code;
        // The provider leads back by a link, not by a form of its own, so that no cookie has to be for other sites.
        options.ResponseMode = OpenIdConnectResponseMode.Query;
        options.CorrelationCookie.SameSite = SameSiteMode.Lax;
        options.NonceCookie.SameSite = SameSiteMode.Lax;
        options.CorrelationCookie.SecurePolicy = CookieSecurePolicy.SameAsRequest;
        options.NonceCookie.SecurePolicy = CookieSecurePolicy.SameAsRequest;
        options.MapInboundClaims = false;
        options.Scope.Clear();
        options.Scope.Add(OpenIdConnectScope.OpenId);
        options.BackchannelTimeout = TimeSpan.FromSeconds(5);
        options.Events.OnRemoteFailure = context =>
        {
            context.HttpContext.RequestServices.GetRequiredService<ILoggerFactory>().CreateLogger(typeof(SignInSetup))
                .LogWarning("A sign-in failed: {Reason}", context.Failure?.Message);
            context.Response.Redirect(SignInApi.Failed);
            context.HandleResponse();
            return Task.CompletedTask;
        };
    }

    private static string Fingerprint(SignInOptions signIn) =>
        Convert.ToHexString(
            SHA256.HashData(Encoding.UTF8.GetBytes($"{signIn.ApiKey}\n{signIn.Authority}\n{signIn.ClientId}")));
}

using System.Security.Claims;
using System.Text.Encodings.Web;
using Microsoft.AspNetCore.Authentication;
using Microsoft.Extensions.Options;
using Microsoft.Net.Http.Headers;

namespace CacheDemo.Frontend.SignIn;

/// <summary>
/// Authenticates a program that sends the key as <c>X-Api-Key</c> or <c>Authorization: Bearer</c> with each request.
/// </summary>
internal sealed class ApiKeyHandler(
    IOptionsMonitor<AuthenticationSchemeOptions> options, ILoggerFactory logger, UrlEncoder encoder,
    ApiKeyValidator validator)
    : AuthenticationHandler<AuthenticationSchemeOptions>(options, logger, encoder)
{
    /// <summary>The name of the scheme.</summary>
    public const string Name = "key";

    /// <summary>The header with the key.</summary>
    public const string Header = "X-Api-Key";

    private const string Bearer = "Bearer ";

    private TimeSpan _wait;

    /// <summary>The key of a request; null where it has none.</summary>
    public static string? KeyOf(HttpRequest request)
    {
        if (request.Headers[Header] is { Count: > 0 } key)
            return key.ToString();

        var authorization = request.Headers[HeaderNames.Authorization].ToString();
        return authorization.StartsWith(Bearer, StringComparison.OrdinalIgnoreCase)
            ? authorization[Bearer.Length..].Trim()
            : null;
    }

    /// <summary>The principal of every client that has the key.</summary>
    public static ClaimsPrincipal Holder { get; } = new(new ClaimsIdentity(Name));

    protected override Task<AuthenticateResult> HandleAuthenticateAsync() => Task.FromResult(
        validator.IsValid(Context, KeyOf(Request) ?? "", out _wait)
            ? AuthenticateResult.Success(new AuthenticationTicket(Holder, Name))
            : AuthenticateResult.Fail("The key is wrong."));

    protected override async Task HandleChallengeAsync(AuthenticationProperties properties)
    {
        // A challenge may come before the request was authenticated.
        await HandleAuthenticateOnceSafeAsync();
        if (_wait > TimeSpan.Zero)
        {
            await ApiKeyValidator.TooManyAsync(Context, _wait);
            return;
        }

        Response.StatusCode = StatusCodes.Status401Unauthorized;
        Response.Headers.WWWAuthenticate = "Bearer";
    }
}

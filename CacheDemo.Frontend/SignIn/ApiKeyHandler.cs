using System.Security.Claims;
using System.Text.Encodings.Web;
using Microsoft.AspNetCore.Authentication;
using Microsoft.Extensions.Options;
using Microsoft.Net.Http.Headers;

namespace CacheDemo.Frontend.SignIn;

/// <summary>
/// Lets a program in that sends the key as <c>X-Api-Key</c> or <c>Authorization: Bearer</c> with each request.
/// </summary>
internal sealed class ApiKeyHandler(
    IOptionsMonitor<AuthenticationSchemeOptions> options, ILoggerFactory logger, UrlEncoder encoder, SharedKey shared)
    : AuthenticationHandler<AuthenticationSchemeOptions>(options, logger, encoder)
{
    public const string Name = "key";

    /// <summary>The header that programs send the key in.</summary>
    public const string Header = "X-Api-Key";

    private const string Bearer = "Bearer ";

    private TimeSpan _wait;

    /// <summary>The key that the request has; null where it has none.</summary>
    public static string? KeyOf(HttpRequest request)
    {
        if (request.Headers[Header] is { Count: > 0 } key)
            return key.ToString();

        var authorization = request.Headers[HeaderNames.Authorization].ToString();
        return authorization.StartsWith(Bearer, StringComparison.OrdinalIgnoreCase)
            ? authorization[Bearer.Length..].Trim()
            : null;
    }

    /// <summary>Who has the key.</summary>
    public static ClaimsPrincipal Holder { get; } = new(new ClaimsIdentity(Name));

    protected override Task<AuthenticateResult> HandleAuthenticateAsync() => Task.FromResult(
        shared.IsRight(Context, KeyOf(Request) ?? "", out _wait)
            ? AuthenticateResult.Success(new AuthenticationTicket(Holder, Name))
            : AuthenticateResult.Fail("The key is wrong."));

    protected override async Task HandleChallengeAsync(AuthenticationProperties properties)
    {
        // The handler of the challenge is the one that has authenticated the request, or is asked first now.
        await HandleAuthenticateOnceSafeAsync();
        if (_wait > TimeSpan.Zero)
        {
            await SharedKey.TooManyAsync(Context, _wait);
            return;
        }

        Response.StatusCode = StatusCodes.Status401Unauthorized;
        Response.Headers.WWWAuthenticate = "Bearer";
    }
}

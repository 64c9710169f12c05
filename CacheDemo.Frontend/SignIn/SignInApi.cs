using System.Text.Json;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.Cookies;
using Microsoft.AspNetCore.Authentication.OpenIdConnect;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Extensions.Options;

namespace CacheDemo.Frontend.SignIn;

/// <summary>The body of <c>POST /sign-in</c>.</summary>
/// <param name="Key">The API key.</param>
internal sealed record SignInRequest(string? Key);

/// <summary>The routes for browsers, which keep a cookie; programs send the key with each request.</summary>
internal static class SignInApi
{
    /// <summary>Where the browser returns to after a failed sign-in at the provider.</summary>
    public const string Failed = "/?sign-in=failed";

    private const int MaxBytes = 4096;

    /// <summary>
    /// Maps <c>POST /sign-in</c> (the key), <c>GET /sign-in</c> (the provider) and <c>POST /sign-out</c>, where they
    /// are configured.
    /// </summary>
    public static void MapSignIn(this WebApplication app)
    {
        var signIn = app.Services.GetRequiredService<IOptions<SignInOptions>>().Value;
        var open = app.MapGroup("").AllowAnonymous();
        if (signIn.ByKey)
            open.MapPost("/sign-in", ByKeyAsync)
                .Accepts<SignInRequest>("application/json")
                .WithMetadata(new RequestSizeLimitAttribute(MaxBytes));
        if (signIn.ByAuthority)
            open.MapGet("/sign-in", ByAuthorityAsync);
        if (signIn.ByKey || signIn.ByAuthority)
            open.MapPost("/sign-out", SignOutAsync);
    }

    private static async Task ByKeyAsync(Stream body, HttpContext context, ApiKeyValidator validator)
    {
        // Not bound by the framework, which fails with a 500 at an unknown charset.
        SignInRequest? request;
        try
        {
            request = await JsonSerializer.DeserializeAsync<SignInRequest>(
                body,
                JsonSerializerOptions.Web,
                context.RequestAborted);
        }
        catch (JsonException)
        {
            request = null;
        }
        catch (IOException refused)
        {
            // Too large, or cut off, or the length of a chunk beyond what the server can count.
            var status = (refused as BadHttpRequestException)?.StatusCode ?? StatusCodes.Status400BadRequest;
            await TypedResults.Problem(refused.Message, statusCode: status).ExecuteAsync(context);
            return;
        }

        if (request is null)
        {
            await TypedResults
                .Problem("The body must be a JSON object with a key.", statusCode: StatusCodes.Status400BadRequest)
                .ExecuteAsync(context);
            return;
        }

        if (validator.IsValid(context, request.Key ?? "", out var wait))
        {
            await context.SignInAsync(CookieAuthenticationDefaults.AuthenticationScheme, ApiKeyHandler.Holder);
            context.Response.StatusCode = StatusCodes.Status204NoContent;
        }
        else if (wait > TimeSpan.Zero)
        {
            await ApiKeyValidator.TooManyAsync(context, wait);
        }
        else
        {
            await TypedResults
                .Problem("That is not the key.", statusCode: StatusCodes.Status401Unauthorized)
                .ExecuteAsync(context);
        }
    }

    private static async Task ByAuthorityAsync(HttpContext context)
    {
        try
        {
            await context.ChallengeAsync(
                OpenIdConnectDefaults.AuthenticationScheme,
                new AuthenticationProperties { RedirectUri = "/" });
        }
        catch (InvalidOperationException) when (!context.Response.HasStarted)
        {
            // IDX20803: the configuration of the provider cannot be read, which the handler has logged.
            context.Response.Redirect(Failed);
        }
    }

    private static async Task SignOutAsync(HttpContext context)
    {
        await context.SignOutAsync(CookieAuthenticationDefaults.AuthenticationScheme);
        context.Response.StatusCode = StatusCodes.Status204NoContent;
    }
}

using CacheDemo.Frontend;
using CacheDemo.Frontend.Limits;
using CacheDemo.Frontend.Proxy;
using CacheDemo.Frontend.SignIn;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Options;
using Microsoft.Net.Http.Headers;
using Yarp.ReverseProxy.Transforms;

if (args is [AliveCheck.Argument])
    return await AliveCheck.RunAsync();

try
{
    var builder = WebApplication.CreateBuilder(args);

    // Not only in development: else a build that is not published serves an empty page. Published, there is nothing to be found.
    builder.WebHost.UseStaticWebAssets();
    builder.AddServiceDefaults();
    builder.AddTraces();
    builder.AddForwardedAddresses();
    builder.AddRateLimits();
    builder.AddSignIn();
    builder.Services.Configure<KestrelServerOptions>(builder.Configuration.GetSection("Kestrel"));
    builder.Services.Configure<RouteHandlerOptions>(options => options.ThrowOnBadRequest = false);
    builder.Services.AddProblemDetails();
    builder.Services.AddRequestTimeouts();
    builder.Services.AddReverseProxy()
        .LoadFromConfig(builder.Configuration.GetSection("ReverseProxy"))
        .AddServiceDiscoveryDestinationResolver()
        .AddTransforms(transforms =>
        {
            transforms.AddRawPath();
            // What a client signs in with stays here: the API asks nobody who they are, and must not log what it never needs.
            foreach (var header in new[] { HeaderNames.Cookie, HeaderNames.Authorization, ApiKeyHandler.Header })
                transforms.AddRequestHeaderRemove(header);
        });

    var app = builder.Build();
    app.Services.GetRequiredService<IStartupValidator>().Validate(); // before the host logs a stack trace of it

    app.UseTraces();
    app.UseCheckedHeaders();
    app.UsePageHeaders();
    app.UseExceptionHandler();
    app.UseStatusCodePages();
    app.UseRawPath();
    app.UseDefaultFiles();
    app.UseRouting();
    app.UseRateLimiter();
    app.UseSignIn();
    app.UseSameSiteOnly();
    app.UseProxyTimeouts();

    // Never limited: a load balancer that is told 429 takes the page away.
    app.MapGroup("").AllowAnonymous().DisableRateLimiting().MapDefaultEndpoints();
    app.MapSettings();
    app.MapSignIn();
    app.MapStaticAssets().AllowAnonymous();
    app.MapReverseProxy();

    app.Run();
    return 0;
}
catch (Exception problem) when (problem is FormatException or OptionsValidationException
    or InvalidOperationException { InnerException: FormatException or ArgumentException }) // what a configuration binder throws
{
    Console.Error.WriteLine(problem.Message);
    return 1;
}

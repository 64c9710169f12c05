using CacheDemo;
using CacheDemo.Frontend;
using CacheDemo.Frontend.Limits;
using CacheDemo.Frontend.Proxy;
using CacheDemo.Frontend.SignIn;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Net.Http.Headers;
using Yarp.ReverseProxy.Transforms;

if (args is [AliveCheck.Argument])
    return await AliveCheck.RunAsync();

try
{
    var builder = WebApplication.CreateBuilder(args);

    // Not only in development: else a build that is not published serves an empty page. Published, there is nothing to
    // be found.
    builder.WebHost.UseStaticWebAssets();
    builder.AddQuietStart();
    builder.CheckAddresses();
    builder.AddServiceDefaults();
    builder.AddTraces();
    builder.AddForwardedAddresses();
    builder.AddRateLimits();
    builder.AddSignIn();
    builder.AddPageSettings();
    builder.CheckProxyOptions();
    builder.AddCheckedOptions<KestrelServerOptions>("Kestrel");
    builder.Services.Configure<RouteHandlerOptions>(options => options.ThrowOnBadRequest = false);
    builder.Services.AddProblemDetails(options => options.CustomizeProblemDetails = LargeBodies.NameLimit);
    builder.Services.AddRequestTimeouts();
    builder.Services.AddReverseProxy()
        .LoadFromConfig(builder.Configuration.GetSection("ReverseProxy"))
        .AddServiceDiscoveryDestinationResolver()
        .AddTransforms(transforms =>
        {
            transforms.AddRawPath();
            transforms.AddExpectContinue();
            // What a client signs in with stays here: the API asks nobody who they are, and must not log what it never
            // needs.
            foreach (var header in new[] { HeaderNames.Cookie, HeaderNames.Authorization, ApiKeyHandler.Header })
                transforms.AddRequestHeaderRemove(header);
        });

    var app = builder.Build();

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

    await app.RunToEndAsync();
    return 0;
}
catch (Exception problem) when (Start.Describe(problem) is { } line)
{
    Console.Error.WriteLine(line);
    return 1;
}

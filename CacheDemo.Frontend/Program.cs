using CacheDemo;
using CacheDemo.Frontend;
using CacheDemo.Frontend.Limits;
using CacheDemo.Frontend.Proxy;
using CacheDemo.Frontend.SignIn;
using Microsoft.AspNetCore.Server.Kestrel.Core;

if (args is [AliveCheck.Argument])
    return await AliveCheck.RunAsync();

try
{
    var builder = WebApplication.CreateBuilder(args);

    // Also outside of development: otherwise a build that is not published serves an empty page.
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
    builder.Services.AddProblemDetails(options => options.CustomizeProblemDetails = BodyLimit.AddTo);
    builder.Services.AddRequestTimeouts();
    builder.Services.AddReverseProxy()
        .LoadFromConfig(builder.Configuration.GetSection("ReverseProxy"))
        .AddServiceDiscoveryDestinationResolver()
        .AddTransforms(transforms =>
        {
            transforms.AddApiTransform();
            transforms.AddServerTiming();
        });

    var app = builder.Build();

    app.UseOperationTraces("/api");
    app.UseCheckedHeaders();
    app.UsePageHeaders();
    app.UseExceptionHandler();
    app.UseStatusCodePages();
    app.UseRawApiPath();
    app.UseDefaultFiles();
    app.UseRouting();
    app.UseRateLimiter();
    app.UseSignIn();
    app.UseSameSiteOnly();
    app.UseProxyTimeouts();

    // Not rate limited: a load balancer that gets 429 takes the instance out of service.
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

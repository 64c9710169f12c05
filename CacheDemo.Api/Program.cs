using CacheDemo;
using CacheDemo.Api.Cache;
using CacheDemo.Api.Catalog;
using CacheDemo.Api.Diagnostics;
using CacheDemo.Api.Expiry;
using CacheDemo.Api.Feed;
using CacheDemo.Api.Http;
using CacheDemo.Api.Redis;
using CacheDemo.Api.Stats;

if (args is [AliveCheck.Argument])
    return await AliveCheck.RunAsync();

try
{
    var builder = WebApplication.CreateBuilder(args);

    builder.AddQuietStart();
    builder.CheckAddresses();
    builder.AddServiceDefaults();
    builder.AddDemoRedis();
    builder.AddCache();
    builder.AddCacheDiagnostics();
    builder.AddExpiry();
    builder.AddFeed();
    builder.AddStats();
    builder.AddCatalog();
    builder.AddHttp();

    var app = builder.Build();

    app.UseHttp();
    app.MapDefaultEndpoints();
    app.MapCache();
    app.MapCatalog();
    app.MapFeed();
    app.MapStats();
    app.MapReference();

    await app.RunToEndAsync(app.VerifyRedisAsync);
    return 0;
}
catch (Exception problem) when (Start.Describe(problem) is { } line)
{
    Console.Error.WriteLine(line);
    return 1;
}

using CacheDemo;
using CacheDemo.Api.Cache;
using CacheDemo.Api.Diagnostics;
using CacheDemo.Api.Events;
using CacheDemo.Api.Expiration;
using CacheDemo.Api.Http;
using CacheDemo.Api.Keys;
using CacheDemo.Api.Keyspace;
using CacheDemo.Api.Lab;
using CacheDemo.Api.Products;
using CacheDemo.Api.Stats;
using CacheDemo.Redis;

if (args is [AliveCheck.Argument])
    return await AliveCheck.RunAsync();

try
{
    var builder = WebApplication.CreateBuilder(args);

    builder.AddQuietStart();
    builder.CheckAddresses();
    builder.AddServiceDefaults();
    builder.AddElastiCacheClient(
        "redis",
        redis =>
        {
            redis.ConnectionString ??= builder.Configuration["REDIS_ENDPOINT"] is { Length: > 0 } endpoint
                ? endpoint
                : "localhost:6379";
            redis.DisableTracing = true; // RedisCommandTelemetry records the spans
        });
    builder.AddKeyspace();
    builder.AddCacheDiagnostics();
    builder.AddHttp();
    builder.AddExpiration();
    builder.AddCache();
    builder.AddKeys();
    builder.AddEvents();
    builder.AddStats();
    builder.AddProducts();
    builder.AddLab();

    var app = builder.Build();

    app.UseCacheDiagnostics();
    app.UseHttp();
    app.MapDefaultEndpoints();
    app.MapCache();
    app.MapKeys();
    app.MapEvents();
    app.MapStats();
    app.MapProducts();
    app.MapLab();
    app.MapReference();

    await app.RunToEndAsync(app.VerifyElastiCacheAsync);
    return 0;
}
catch (Exception problem) when (Start.Describe(problem) is { } line)
{
    Console.Error.WriteLine(line);
    return 1;
}

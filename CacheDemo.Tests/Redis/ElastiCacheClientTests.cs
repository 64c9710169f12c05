using CacheDemo.Redis;
using CacheDemo.Tests.Support;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.DataProtection.KeyManagement;
using Microsoft.AspNetCore.DataProtection.StackExchangeRedis;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.OutputCaching.StackExchangeRedis;
using Microsoft.AspNetCore.TestHost;
using Microsoft.Extensions.Caching.Hybrid;
using Microsoft.Extensions.Caching.StackExchangeRedis;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Options;
using StackExchange.Redis;

namespace CacheDemo.Tests.Redis;

/// <summary><c>CacheDemo.Redis</c> in an application that is not the demo.</summary>
public class ElastiCacheClientTests
{
    [Fact]
    public Task One_line_connects_with_TLS_and_a_password() => WithApplicationAsync(
        _ => { },
        async (app, _) =>
        {
            var database = app.Services.GetRequiredService<IConnectionMultiplexer>().GetDatabase();
            await database.StringSetAsync("key", "value");
            Assert.Equal("value", await database.StringGetAsync("key"));

            await Eventually.TrueAsync(
                async () => (await app.Services.GetRequiredService<HealthCheckService>().CheckHealthAsync()).Status
                    is HealthStatus.Healthy,
                "the health checks are healthy");
        });

    [Fact]
    public Task An_empty_password_setting_leaves_the_password_of_the_connection_string() => WithApplicationAsync(
        _ => { },
        async (app, _) =>
        {
            var redis = app.Services.GetRequiredService<IConnectionMultiplexer>();
            Assert.NotEqual(TimeSpan.Zero, await redis.GetDatabase().PingAsync());
        },
        new KeyValuePair<string, string?>("Redis:Password", ""));

    [Fact]
    public Task HybridCache_keeps_its_entries_there() => WithApplicationAsync(
        services =>
        {
            services.AddStackExchangeRedisCache(_ => { });
            services.AddOptions<RedisCacheOptions>().Configure<IConnectionMultiplexer>(
                (cache, redis) => cache.ConnectionMultiplexerFactory = () => Task.FromResult(redis));
            services.AddHybridCache();
        },
        async (app, redis) =>
        {
            var cache = app.Services.GetRequiredService<HybridCache>();
            Assert.Equal("made", await cache.GetOrCreateAsync("entry", _ => ValueTask.FromResult("made")));

            await Eventually.TrueAsync(() => redis.KeyExistsAsync("entry"), "the entry is in Redis");
        });

    [Fact]
    public Task Output_caching_keeps_responses_there() => WithApplicationAsync(
        services =>
        {
            services.AddStackExchangeRedisOutputCache(_ => { });
            services.AddOptions<RedisOutputCacheOptions>().Configure<IConnectionMultiplexer>(
                (cache, redis) => cache.ConnectionMultiplexerFactory = () => Task.FromResult(redis));
            services.AddOutputCache();
        },
        async (app, redis) =>
        {
            using var client = app.GetTestClient();
            var first = await client.GetStringAsync(new Uri("/cached", UriKind.Relative));
            await Eventually.TrueAsync(
                async () => await client.GetStringAsync(new Uri("/cached", UriKind.Relative)) == first
                    && await redis.ExecuteAsync("DBSIZE") is var size && (long)size > 0,
                "the response is cached");
        });

    [Fact]
    public Task Data_Protection_keeps_its_keys_there() => WithApplicationAsync(
        services =>
        {
            services.AddDataProtection();
            services.AddOptions<KeyManagementOptions>().Configure<IConnectionMultiplexer>((keys, redis) =>
                keys.XmlRepository = new RedisXmlRepository(() => redis.GetDatabase(), "data-protection-keys"));
        },
        async (app, redis) =>
        {
            var protector = app.Services.GetRequiredService<IDataProtectionProvider>().CreateProtector("test");
            Assert.Equal("text", protector.Unprotect(protector.Protect("text")));

            Assert.Equal(1, await redis.ListLengthAsync("data-protection-keys"));
        });

    [Fact]
    public void Every_invalid_setting_is_one_line()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Configuration.AddInMemoryCollection(
        [
            new("ConnectionStrings:cache", "localhost:6379,user=someone"), new("Redis:ReadFrom", "both"),
        ]);

        var problem = Assert.Throws<OptionsValidationException>(() => builder.AddElastiCacheClient("cache"));
        Assert.Equal(2, problem.Failures.Count());
    }

    private static async Task WithApplicationAsync(
        Action<IServiceCollection> configure, Func<WebApplication, IDatabase, Task> test,
        params KeyValuePair<string, string?>[] settings)
    {
        await using var engine = new PasswordEngine();
        await engine.StartAsync();
        await using var redis = await engine.ConnectAsync();

        var builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.UseTestServer();
        builder.Configuration.AddInMemoryCollection(
            [.. engine.Settings!, new("ConnectionStrings:cache", engine.ConnectionString), .. settings]);
        builder.AddElastiCacheClient("cache");
        configure(builder.Services);
        await using var app = builder.Build();
        if (app.Services.GetService<Microsoft.AspNetCore.OutputCaching.IOutputCacheStore>() is not null)
        {
            app.UseOutputCache();
            app.MapGet("/cached", () => Guid.NewGuid()).CacheOutput();
        }

        await app.StartAsync(TestContext.Current.CancellationToken);
        await test(app, redis.GetDatabase());
    }
}

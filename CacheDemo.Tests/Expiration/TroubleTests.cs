using System.Diagnostics;
using System.Net;
using CacheDemo.Tests.Support;
using StackExchange.Redis;

namespace CacheDemo.Tests.Expiration;

/// <summary>
/// Expirations while something is wrong: they are reported once all the same, and nothing else is.
/// </summary>
public class TroubleTests : InTrouble
{
    [Theory]
    [InlineData(typeof(GarnetEngine))]
    [InlineData(typeof(RedisEngine))]
    [InlineData(typeof(NotifyingRedisEngine))]
    public async Task All_instances_are_down_when_keys_expire(Type engine)
    {
        var redis = await StartAsync((Engine)Activator.CreateInstance(engine)!);
        var api = await StartApiAsync(redis);
        var keys = await CacheClient.SetManyAsync(200, ttl: 3, api.Client);
        await SetsAreReportedAsync(keys);

        api.Kill();
        using var client = await ConnectionMultiplexer.ConnectAsync(redis.ConnectionString);
        await Eventually.TrueAsync(() => AreGoneAsync(client, keys), "they end");
        await api.StartAsync();

        await AssertReportedOnceEachAsync(keys, api);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public async Task Redis_is_paused_when_keys_expire(int seconds)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "there are no signals to stop a process with");
        var redis = await StartAsync(new RedisEngine());
        ServiceProcess first = await StartApiAsync(redis), second = await StartApiAsync(redis);
        var keys = await CacheClient.SetManyAsync(1_000, ttl: 2, first.Client, second.Client);

        // During the sweep: some keys are claimed by then, and some claims get no response.
        await Telemetry.SpansAsync(span => span.Name == "cache.expired", "the first ends", 20);
        redis.Server.Pause();
        var paused = Stopwatch.StartNew();
        await Eventually.TrueAsync(
            async () =>
            {
                var answer = await first.Client.GetAnswerAsync($"/get/{keys.First()}");
                Assert.Equal(HttpStatusCode.ServiceUnavailable, answer.Status);
                return paused.Elapsed.TotalSeconds >= seconds;
            },
            "clients are refused for so long");
        redis.Server.Resume();

        await AssertReportedOnceEachAsync(keys, first, second);
    }

    [Theory]
    [InlineData(typeof(NotifyingRedisEngine))]
    [InlineData(typeof(ClusterEngine))]
    public async Task Redis_was_away_and_what_redis_cli_sets_afterwards_is_reported(Type engine)
    {
        var redis = await StartAsync((Engine)Activator.CreateInstance(engine)!);
        await StartApiAsync(redis);
        using var client = await ConnectionMultiplexer.ConnectAsync(redis.ConnectionString);
        await Engine.AreListenedToAsync(client, instances: 1);

        foreach (var server in redis is ClusterEngine cluster ? cluster.Nodes : [((RedisEngine)redis).Server])
        {
            server.Kill();
            await server.StartAsync();
        }

        await Engine.AreListenedToAsync(client, instances: 1);
        var key = $"k{Guid.NewGuid():n}";
        await Eventually.TrueAsync(
            async () =>
            {
                try
                {
                    return await client
                        .GetDatabase()
                        .StringSetAsync($"cachedemo:{key}", "y", TimeSpan.FromMilliseconds(100));
                }
                catch (RedisException)
                {
                    return false;
                }
            },
            "Redis is back for the client of the test");
        await Telemetry.SpanAsync("cache.expired", key);
    }

    [Fact]
    public async Task Redis_is_out_of_memory_and_evicts_some_keys_before_they_expire()
    {
        var redis = await StartAsync(new RedisEngine());
        var api = await StartApiAsync(redis);
        using var client = await redis.Server.ConnectAsync();
        var (server, database) = (client.GetServers()[0], client.GetDatabase());
        var keys = await CacheClient.SetManyAsync(200, ttl: 6, api.Client);

        await server.ConfigSetAsync("maxmemory-policy", "volatile-ttl");
        await server.ConfigSetAsync("maxmemory", 1);
        await Eventually.TrueAsync(
            async () =>
            {
                // Each write makes Redis evict keys first; there is never enough memory.
                await Assert.ThrowsAsync<RedisServerException>(() => database.StringSetAsync("filler", "x"));
                return await CountAsync(database, keys) < 150;
            },
            "keys are evicted");
        await server.ConfigSetAsync("maxmemory", 0);
        HashSet<string> left = [];
        foreach (var key in keys)
        {
            if (await database.KeyExistsAsync($"cachedemo:{key}"))
                left.Add(key);
        }

        await AssertReportedOnceEachAsync(left, api);
        Assert.DoesNotContain(
            Telemetry.Spans,
            span =>
                span.Name == "cache.expired" && keys.Except(left).Contains((string)span.Attributes.Of("cache.key")!));
    }
}

/// <summary>The same, where the clocks of the instances do not agree.</summary>
public class ClocksApartTests : InTrouble
{
    [Fact]
    public async Task The_clocks_of_the_instances_are_hours_apart()
    {
        var fake = Fake();
        var redis = await StartAsync(new RedisEngine());
        ServiceProcess ahead = await StartApiAsync(redis, [("FAKETIME", "+2h"), .. fake]),
            behind = await StartApiAsync(redis, [("FAKETIME", "-2h"), .. fake]);
        Assert.InRange(
            await ClockAsync(ahead) - await ClockAsync(behind),
            TimeSpan.FromHours(3.9),
            TimeSpan.FromHours(4.1));

        var keys = await CacheClient.SetManyAsync(200, ttl: 2, ahead.Client, behind.Client);
        await AssertReportedOnceEachAsync(keys, ahead, behind);
        Assert.All(
            Telemetry.Spans.Where(span => span.Name == "cache.expired"),
            // Any lag that a busy machine has, and none of hours.
            span => Assert.InRange((double)span.Attributes.Of("cachedemo.cache.expiry_lag")!, 0, 60));

        var orphans = await CacheClient.SetManyAsync(100, ttl: 3, ahead.Client);
        await SetsAreReportedAsync(orphans);
        ahead.Kill();
        await AssertReportedOnceEachAsync(orphans, behind);
    }

    private static async Task<DateTimeOffset> ClockAsync(ServiceProcess api)
    {
        Http.Answer answer = default;
        await Eventually.TrueAsync(
            async () =>
                (
                    answer = await api.Client.PostAsync(
                        "/set",
                        new
                        {
                            key = "clock",
                            value = "x",
                            ttl = 1,
                        })
                ).Status == HttpStatusCode.OK,
            "it is set");
        return answer["expiresAt"].GetDateTimeOffset();
    }

    // Only the wall clock; the monotonic clock is real. With libfaketime's correction of timed waits, which .NET does
    // not need, each wait returns at once: an instance took a whole core.
    private static (string, string)[] Fake()
    {
        var library = Tools.RequireLibrary("libfaketimeMT.so.1", "faketime");
        return
        [
            ("LD_PRELOAD", library),
            ("FAKETIME_DONT_FAKE_MONOTONIC", "1"),
            ("FAKETIME_FORCE_MONOTONIC_FIX", "0"),
        ];
    }
}

/// <summary>What these tests start, which ends with them, and what they have in common.</summary>
public abstract class InTrouble : IAsyncLifetime
{
    private readonly List<IAsyncDisposable> _started = [];

    /// <summary>Receives the telemetry of the instances.</summary>
    protected OtlpReceiver Telemetry { get; private set; } = null!;

    public async ValueTask InitializeAsync() => Telemetry = Keep(await OtlpReceiver.StartAsync());

    public async ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        foreach (var started in Enumerable.Reverse(_started))
            await started.DisposeAsync();
    }

    protected T Keep<T>(T started) where T : IAsyncDisposable
    {
        _started.Add(started);
        return started;
    }

    protected async Task<T> StartAsync<T>(T engine) where T : Engine
    {
        await Keep(engine).StartAsync();
        return engine;
    }

    protected async Task<ServiceProcess> StartApiAsync(Engine redis, params (string, string)[] options) =>
        Keep(await ServiceProcess.StartApiAsync(redis.ConnectionString, Telemetry, options));

    // A set that was a 503 has a span too, and was done again.
    protected Task SetsAreReportedAsync(HashSet<string> keys) =>
        Eventually.TrueAsync(
            () =>
                Task.FromResult(
                    Telemetry
                        .Spans.Where(span => IsOf(span, "cache.set", keys))
                        .Where(span => span.Status is not ActivityStatusCode.Error)
                        .DistinctBy(span => span.Attributes.Of("cache.key"))
                        .Count() == keys.Count),
            "the sets of all keys are reported");

    /// <summary>
    /// The expiration of each is reported, linked to its set, and only once by the time that later keys have expired.
    /// </summary>
    protected async Task AssertReportedOnceEachAsync(HashSet<string> keys, params ServiceProcess[] apis)
    {
        await Telemetry.SpansAsync(span => IsOf(span, "cache.expired", keys), "ends", keys.Count);
        var later = await CacheClient.SetManyAsync(apis.Length, ttl: 2, [.. apis.Select(api => api.Client)]);
        await Telemetry.SpansAsync(span => IsOf(span, "cache.expired", later), "later ends", later.Count);

        var sets = Telemetry
            .Spans.Where(span => IsOf(span, "cache.set", keys))
            .ToLookup(span => span.Attributes.Of("cache.key"), span => span.SpanId);
        var ends = Telemetry.Spans.Where(span => IsOf(span, "cache.expired", keys)).ToList();
        Assert.Equal(keys.Count, ends.Count);
        Assert.All(ends, end => Assert.Contains(Assert.Single(end.Links).SpanId, sets[end.Attributes.Of("cache.key")]));
    }

    protected static bool IsOf(OtlpSpan span, string name, HashSet<string> keys) =>
        span.Name == name && keys.Contains((string)span.Attributes.Of("cache.key")!);

    protected static async Task<bool> AreGoneAsync(IConnectionMultiplexer client, HashSet<string> keys) =>
        await CountAsync(client.GetDatabase(), keys) == 0;

    protected static async Task<int> CountAsync(IDatabase database, HashSet<string> keys) =>
        (await Task.WhenAll(keys.Select(key => database.KeyExistsAsync($"cachedemo:{key}")))).Count(isThere => isThere);
}

using System.Net;
using CacheDemo.Tests.Support;
using StackExchange.Redis;

namespace CacheDemo.Tests.Expiration;

/// <summary>
/// Ends of lives that come while something is wrong: they are told of once all the same, and nothing else is.
/// </summary>
[Collection<QuietCollection>]
public sealed class TroubleTests : IAsyncLifetime
{
    private readonly List<IAsyncDisposable> _started = [];
    private OtlpReceiver _told = null!;

    public async ValueTask InitializeAsync() => _told = Keep(await OtlpReceiver.StartAsync());

    public async ValueTask DisposeAsync()
    {
        foreach (var started in Enumerable.Reverse(_started))
            await started.DisposeAsync();
    }

    [Theory]
    [InlineData(typeof(GarnetEngine))]
    [InlineData(typeof(RedisEngine))]
    [InlineData(typeof(NotifyingRedisEngine))]
    public async Task All_instances_are_down_when_they_end(Type engine)
    {
        var redis = await StartAsync((Engine)Activator.CreateInstance(engine)!);
        var api = await StartApiAsync(redis);
        var keys = await CacheClient.SetManyAsync(200, ttl: 3, api.Client);
        await SetsAreToldOfAsync(keys);

        api.Kill();
        using var client = await ConnectionMultiplexer.ConnectAsync(redis.ConnectionString);
        await Eventually.TrueAsync(() => AreGoneAsync(client, keys), "they end");
        await api.StartAsync();

        await AssertToldOnceEachAsync(keys, api);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public async Task Redis_stands_still_when_they_end(int seconds)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "there are no signals to stop a process with");
        var redis = await StartAsync(new RedisEngine());
        ServiceProcess first = await StartApiAsync(redis), second = await StartApiAsync(redis);
        var keys = await CacheClient.SetManyAsync(1_000, ttl: 2, first.Client, second.Client);

        // In the middle of what is done about them: some are claimed by then, and some claims get no answer.
        await _told.SpansAsync(span => span.Name == "cache.expired", "the first ends", 20);
        redis.Server.Pause();
        await Task.Delay(TimeSpan.FromSeconds(seconds), TestContext.Current.CancellationToken);
        redis.Server.Resume();

        await AssertToldOnceEachAsync(keys, first, second);
    }

    [Theory]
    [InlineData(typeof(NotifyingRedisEngine))]
    [InlineData(typeof(ClusterEngine))]
    public async Task Redis_was_away_and_what_redis_cli_begins_afterwards_is_told_of(Type engine)
    {
        var redis = await StartAsync((Engine)Activator.CreateInstance(engine)!);
        await StartApiAsync(redis);
        using var client = await ConnectionMultiplexer.ConnectAsync(redis.ConnectionString);
        await AreListenedToAsync(client);

        foreach (var server in redis is ClusterEngine cluster ? cluster.Nodes : [((RedisEngine)redis).Server])
        {
            server.Kill();
            await server.StartAsync();
        }

        await AreListenedToAsync(client);
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
        await _told.SpanAsync("cache.expired", key);
    }

    /// <summary>Somebody listens to the notifications of each server.</summary>
    private static Task AreListenedToAsync(ConnectionMultiplexer client) => Eventually.TrueAsync(
        async () =>
        {
            var channel = RedisChannel.Literal("__keyevent@0__:expired");
            try
            {
                var counts = await Task.WhenAll(client.GetServers().Select(server => server.SubscriptionSubscriberCountAsync(channel)));
                return counts.All(count => count > 0);
            }
            catch (RedisException)
            {
                return false;
            }
        },
        "notifications are listened to");

    [Fact]
    public async Task Redis_is_short_of_memory_and_evicts_some_before_their_end()
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
                // Each write has Redis make room first; there is never enough.
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

        await AssertToldOnceEachAsync(left, api);
        Assert.DoesNotContain(
            _told.Spans,
            span =>
                span.Name == "cache.expired" && keys.Except(left).Contains((string)span.Attributes.Of("cache.key")!));
    }

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
        await AssertToldOnceEachAsync(keys, ahead, behind);
        Assert.All(
            _told.Spans.Where(span => span.Name == "cache.expired"),
            span => Assert.InRange((double)span.Attributes.Of("cachedemo.cache.expiry_lag")!, 0, 1));

        var orphans = await CacheClient.SetManyAsync(100, ttl: 3, ahead.Client);
        await SetsAreToldOfAsync(orphans);
        ahead.Kill();
        await AssertToldOnceEachAsync(orphans, behind);
    }

    private T Keep<T>(T started) where T : IAsyncDisposable
    {
        _started.Add(started);
        return started;
    }

    private async Task<T> StartAsync<T>(T engine) where T : Engine
    {
        await Keep(engine).StartAsync();
        return engine;
    }

    private async Task<ServiceProcess> StartApiAsync(Engine redis, params (string, string)[] options) =>
        Keep(await ServiceProcess.StartApiAsync(redis.ConnectionString, _told, options));

    // Of each key at least one: a set that was answered 503 is one more.
    private Task SetsAreToldOfAsync(HashSet<string> keys) =>
        Eventually.TrueAsync(
            () =>
                Task.FromResult(
                    _told
                        .Spans.Where(span => IsOf(span, "cache.set", keys))
                        .DistinctBy(span => span.Attributes.Of("cache.key"))
                        .Count() == keys.Count),
            "the sets of all keys are told of");

    /// <summary>
    /// The end of each is told of, linked to its set, and by the time that later lives have ended, only once.
    /// </summary>
    private async Task AssertToldOnceEachAsync(HashSet<string> keys, params ServiceProcess[] apis)
    {
        await _told.SpansAsync(span => IsOf(span, "cache.expired", keys), "ends", keys.Count);
        var later = await CacheClient.SetManyAsync(apis.Length, ttl: 2, [.. apis.Select(api => api.Client)]);
        await _told.SpansAsync(span => IsOf(span, "cache.expired", later), "later ends", later.Count);

        var sets = _told
            .Spans.Where(span => IsOf(span, "cache.set", keys))
            .ToLookup(span => span.Attributes.Of("cache.key"), span => span.SpanId);
        var ends = _told.Spans.Where(span => IsOf(span, "cache.expired", keys)).ToList();
        Assert.Equal(keys.Count, ends.Count);
        Assert.All(ends, end => Assert.Contains(Assert.Single(end.Links).SpanId, sets[end.Attributes.Of("cache.key")]));
    }

    private static bool IsOf(OtlpSpan span, string name, HashSet<string> keys) =>
        span.Name == name && keys.Contains((string)span.Attributes.Of("cache.key")!);

    private static async Task<bool> AreGoneAsync(IConnectionMultiplexer client, HashSet<string> keys) =>
        await CountAsync(client.GetDatabase(), keys) == 0;

    private static async Task<int> CountAsync(IDatabase database, HashSet<string> keys) =>
        (await Task.WhenAll(keys.Select(key => database.KeyExistsAsync($"cachedemo:{key}")))).Count(isThere => isThere);

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

    // Only what is called the time of day; what time has passed is as it is.
    private static (string, string)[] Fake()
    {
        var library = Tools.RequireLibrary("libfaketimeMT.so.1", "faketime");
        return [("LD_PRELOAD", library), ("FAKETIME_DONT_FAKE_MONOTONIC", "1")];
    }
}

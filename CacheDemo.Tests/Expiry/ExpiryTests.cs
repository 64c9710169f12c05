using System.Net;
using CacheDemo.Tests.Support;
using StackExchange.Redis;

namespace CacheDemo.Tests.Expiry;

public class ExpiryOnGarnet(TwoInstances<GarnetEngine> system) : ExpiryTests<GarnetEngine>(system), IClassFixture<TwoInstances<GarnetEngine>>;

public class ExpiryOnRedis(TwoInstances<RedisEngine> system) : ExpiryTests<RedisEngine>(system), IClassFixture<TwoInstances<RedisEngine>>;

public class ExpiryOnNotifyingRedis(TwoInstances<NotifyingRedisEngine> system)
    : ExpiryTests<NotifyingRedisEngine>(system), IClassFixture<TwoInstances<NotifyingRedisEngine>>;

public class ExpiryOnCluster(TwoInstances<ClusterEngine> system) : ExpiryTests<ClusterEngine>(system), IClassFixture<TwoInstances<ClusterEngine>>;

/// <summary>Two instances of the API on one engine, and a collector of what they tell.</summary>
public sealed class TwoInstances<TEngine> : IAsyncLifetime where TEngine : Engine, new()
{
    public TEngine Engine { get; } = new();

    public OtlpReceiver Told { get; private set; } = null!;

    public ServiceProcess First { get; private set; } = null!;

    public ServiceProcess Second { get; private set; } = null!;

    /// <summary>A client beside the API, as redis-cli is.</summary>
    public ConnectionMultiplexer Redis { get; private set; } = null!;

    public async ValueTask InitializeAsync()
    {
        await Engine.StartAsync();
        Told = await OtlpReceiver.StartAsync();
        First = await ServiceProcess.StartApiAsync(Engine.ConnectionString, Told);
        Second = await ServiceProcess.StartApiAsync(Engine.ConnectionString, Told);
        Redis = await ConnectionMultiplexer.ConnectAsync(Engine.ConnectionString);
    }

    public async ValueTask DisposeAsync()
    {
        Redis?.Dispose();
        foreach (var process in new IAsyncDisposable?[] { First, Second, Told, Engine })
        {
            if (process is not null)
                await process.DisposeAsync();
        }
    }
}

/// <summary>Every life that ends is told of exactly once, and nothing else is.</summary>
public abstract class ExpiryTests<TEngine>(TwoInstances<TEngine> system) where TEngine : Engine, new()
{
    private const string Expired = "cache.expired";

    private HttpClient First => system.First.Client;

    private HttpClient Second => system.Second.Client;

    private IDatabase Redis => system.Redis.GetDatabase();

    [Fact]
    public async Task A_life_that_ends_is_told_of_once_in_a_trace_of_its_own_linked_to_its_set()
    {
        var key = await SetAsync(First, ttl: 1);
        await AssertToldOnceAsync(key);

        var expired = await system.Told.SpanAsync(Expired, key);
        var set = await system.Told.SpanAsync("cache.set", key);
        var link = Assert.Single(expired.Links);
        Assert.Equal((set.TraceId, set.SpanId), (link.TraceId, link.SpanId));
        Assert.Null(expired.ParentSpanId);
        Assert.NotEqual(set.TraceId, expired.TraceId);
        Assert.Equal(1L, expired.Attributes.Of("cache.ttl"));
        Assert.Contains(expired.Attributes.Of("cachedemo.cache.expiry_source"), new object[] { "ttl", "keyspace" });
        Assert.True((double)expired.Attributes.Of("cachedemo.cache.expiry_lag")! >= 0);
    }

    [Fact]
    public async Task A_life_that_another_value_cuts_short_is_not_told_of_but_the_next_is()
    {
        var shorter = await SetAsync(First, ttl: 3);
        await SetAsync(Second, ttl: 1, shorter);
        var longer = await SetAsync(First, ttl: 1);
        await SetAsync(Second, ttl: 3, longer);

        await AssertToldOnceAsync(shorter);
        await AssertToldOnceAsync(longer);
        await AssertNothingMoreAsync(shorter, longer);
        Assert.Equal(1L, (await system.Told.SpanAsync(Expired, shorter)).Attributes.Of("cache.ttl"));
        Assert.Equal(3L, (await system.Told.SpanAsync(Expired, longer)).Attributes.Of("cache.ttl"));
    }

    [Fact]
    public async Task A_key_that_is_set_again_as_soon_as_it_is_gone_has_two_ends()
    {
        var key = await SetAsync(First, ttl: 1);
        await Eventually.TrueAsync(async () => (await Second.GetAnswerAsync($"/get/{key}")).Status == HttpStatusCode.NotFound, "it is gone");
        await SetAsync(Second, ttl: 1, key);

        await system.Told.SpansAsync(OtlpReceiver.Is(Expired, key), $"the ends of {key}", 2);
        await AssertNothingMoreAsync();
        Assert.Equal(2, system.Told.Spans.Count(OtlpReceiver.Is(Expired, key)));
    }

    [Theory]
    [InlineData(1, 3)]
    [InlineData(30, 1)]
    public async Task A_life_that_is_extended_or_shortened_ends_once_at_its_new_end(int ttl, int touched)
    {
        var key = await SetAsync(First, ttl);
        await Second.PostAsync("/expire", new { key, ttl = touched });

        await AssertToldOnceAsync(key);
        var expired = await system.Told.SpanAsync(Expired, key);
        var set = await system.Told.SpanAsync("cache.set", key);
        Assert.Equal(set.SpanId, Assert.Single(expired.Links).SpanId);
        Assert.Equal((long)touched, expired.Attributes.Of("cache.ttl"));
        Assert.InRange(expired.StartTime - set.EndTime, TimeSpan.FromSeconds(touched - 0.1), TimeSpan.FromSeconds(touched + 5));
        await AssertNothingMoreAsync(key);
    }

    [Fact]
    public async Task A_life_that_redis_cli_extends_ends_once_at_its_new_end()
    {
        var key = await SetAsync(First, ttl: 1);
        await Redis.KeyExpireAsync($"cachedemo:{key}", TimeSpan.FromSeconds(3));

        await AssertToldOnceAsync(key);
        Assert.InRange(
            (await system.Told.SpanAsync(Expired, key)).StartTime - (await system.Told.SpanAsync("cache.set", key)).EndTime,
            TimeSpan.FromSeconds(2.5), TimeSpan.FromSeconds(8));
    }

    [Fact]
    public async Task A_life_that_redis_cli_shortens_is_told_of_where_Redis_notifies_and_never_twice()
    {
        var key = await SetAsync(First, ttl: 4);
        await Redis.KeyExpireAsync($"cachedemo:{key}", TimeSpan.FromSeconds(1));

        if (system.Engine.Notifies)
        {
            await AssertToldOnceAsync(key);
            Assert.Equal("keyspace", (await system.Told.SpanAsync(Expired, key)).Attributes.Of("cachedemo.cache.expiry_source"));
        }

        await AssertNothingMoreAsync(seconds: 5);
        Assert.Equal(system.Engine.Notifies ? 1 : 0, system.Told.Spans.Count(OtlpReceiver.Is(Expired, key)));
    }

    [Fact]
    public async Task A_key_that_is_deleted_does_not_expire()
    {
        var byApi = await SetAsync(First, ttl: 1);
        var byCli = await SetAsync(First, ttl: 1);
        await Second.SendRawAsync(HttpMethod.Delete, $"/delete/{byApi}");
        await Redis.KeyDeleteAsync($"cachedemo:{byCli}");

        await AssertNothingMoreAsync();
        Assert.DoesNotContain(system.Told.Spans, span => OtlpReceiver.Is(Expired, byApi)(span));
        Assert.DoesNotContain(system.Told.Spans, span => OtlpReceiver.Is(Expired, byCli)(span));
    }

    [Fact]
    public async Task A_key_that_is_persisted_does_not_expire()
    {
        var key = await SetAsync(First, ttl: 1);
        await Redis.KeyPersistAsync($"cachedemo:{key}");

        await AssertNothingMoreAsync();
        Assert.DoesNotContain(system.Told.Spans, span => OtlpReceiver.Is(Expired, key)(span));
    }

    [Fact]
    public async Task What_a_killed_instance_set_is_told_of_once_by_the_other()
    {
        var doomed = await ServiceProcess.StartApiAsync(system.Engine.ConnectionString, system.Told);
        await using var _ = doomed;
        var keys = await CacheClient.SetManyAsync(1_000, ttl: 4, doomed.Client);
        await system.Told.SpansAsync(span => span.Name == "cache.set" && keys.Contains((string)span.Attributes.Of("cache.key")!), "sets", keys.Count);
        doomed.Kill();

        bool IsTheirs(OtlpSpan span, string name) => span.Name == name && keys.Contains((string)span.Attributes.Of("cache.key")!);
        var told = await system.Told.SpansAsync(span => IsTheirs(span, Expired), "ends", keys.Count);
        await AssertNothingMoreAsync();
        Assert.Equal(keys.Count, system.Told.Spans.Count(span => IsTheirs(span, Expired)));

        // A key whose set was answered 503 was set again.
        var sets = system.Told.Spans.Where(span => IsTheirs(span, "cache.set")).ToLookup(span => span.Attributes.Of("cache.key"), span => span.SpanId);
        Assert.All(told, span => Assert.Contains(Assert.Single(span.Links).SpanId, sets[span.Attributes.Of("cache.key")]));
    }

    /// <summary>Sets a key, a new one where none is given.</summary>
    private static async Task<string> SetAsync(HttpClient api, int ttl, string? key = null)
    {
        key ??= $"k{Guid.NewGuid():n}";
        Assert.Equal(HttpStatusCode.OK, (await api.PostAsync("/set", new { key, value = "x", ttl })).Status);
        return key;
    }

    /// <summary>The end of this life is told of, by now once.</summary>
    private Task<OtlpSpan> AssertToldOnceAsync(string key) => system.Told.SpanAsync(Expired, key);

    /// <summary>Waits until a life that begins now has ended and was told of: by then all that ended before it was.</summary>
    private async Task AssertNothingMoreAsync(params string[] once)
    {
        await AssertNothingMoreAsync(seconds: 2);
        foreach (var key in once)
            Assert.Single(system.Told.Spans, span => OtlpReceiver.Is(Expired, key)(span));
    }

    private async Task AssertNothingMoreAsync(int seconds)
    {
        foreach (var api in new[] { First, Second })
            await AssertToldOnceAsync(await SetAsync(api, seconds));
    }

}

using CacheDemo.Tests.Support;

namespace CacheDemo.Tests.Expiration;

[Collection<QuietCollection>]
public class ExpiryLagOnGarnet(TwoInstances<GarnetEngine> system)
    : ExpiryLagTests<GarnetEngine>(system),
        IClassFixture<TwoInstances<GarnetEngine>>;

[Collection<QuietCollection>]
public class ExpiryLagOnRedis(TwoInstances<RedisEngine> system)
    : ExpiryLagTests<RedisEngine>(system),
        IClassFixture<TwoInstances<RedisEngine>>;

[Collection<QuietCollection>]
public class ExpiryLagOnNotifyingRedis(TwoInstances<NotifyingRedisEngine> system)
    : ExpiryLagTests<NotifyingRedisEngine>(system), IClassFixture<TwoInstances<NotifyingRedisEngine>>;

[Collection<QuietCollection>]
public class ExpiryLagOnCluster(TwoInstances<ClusterEngine> system)
    : ExpiryLagTests<ClusterEngine>(system),
        IClassFixture<TwoInstances<ClusterEngine>>;

/// <summary>Many keys that expire at once are reported in time.</summary>
public abstract class ExpiryLagTests<TEngine>(TwoInstances<TEngine> system) where TEngine : Engine, new()
{
    [Fact]
    public async Task Ten_thousand_keys_that_expire_together_are_reported_once_each()
    {
        var apis = new[] { system.First.Client, system.Second.Client };
        var keys = await CacheClient.SetManyAsync(10_000, ttl: 5, apis);
        await EndsAsync(keys);

        // By the time that later keys have expired, all that expired before are reported.
        await EndsAsync(await CacheClient.SetManyAsync(apis.Length, ttl: 2, apis));
        var expired = await EndsAsync(keys);
        Assert.Equal(keys.Count, expired.Count);
        Assert.Equal(keys.Count, expired.DistinctBy(span => span.Attributes.Of("cache.key")).Count());

        var lags = expired.Select(span => (double)span.Attributes.Of("cachedemo.cache.expiry_lag")!).Order().ToArray();
        double At(double share) => lags[(int)(share * (lags.Length - 1))] * 1000;
        TestContext.Current.SendDiagnosticMessage(
            $"{typeof(TEngine).Name}: {keys.Count} expirations, lag p50 {At(0.5):0} ms, p99 {At(0.99):0} ms, "
                + $"max {At(1):0} ms"
        );
        Assert.True(At(0.99) < 250, $"of {keys.Count} ends the lag was {At(0.99):0} ms at p99");
    }

    private Task<IReadOnlyList<OtlpSpan>> EndsAsync(HashSet<string> keys) =>
        system.Telemetry.SpansAsync(
            span => span.Name == "cache.expired" && keys.Contains((string)span.Attributes.Of("cache.key")!),
            "ends",
            keys.Count);
}

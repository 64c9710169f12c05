using CacheDemo.Tests.Support;

namespace CacheDemo.Tests.Expiration;

/// <summary>The embedded server in a process of its own: a garbage collection of the tests does not stop it.</summary>
public sealed class GarnetProcessEngine : Engine
{
    public override async Task StartAsync()
    {
        var port = Ports.Free();
        Keep(await ServiceProcess.StartGarnetAsync(port));
        ConnectionString = $"127.0.0.1:{port}";
    }
}

/// <summary>Two instances on each engine. They start at the same time.</summary>
public sealed class TwoInstancesOnEachEngine : IAsyncLifetime
{
    public TwoInstances<GarnetProcessEngine> Garnet { get; } = new();

    public TwoInstances<ClusterEngine> Cluster { get; } = new();

    public TwoInstances<NotifyingRedisEngine> Notifying { get; } = new();

    public TwoInstances<RedisEngine> Redis { get; } = new();

    private IAsyncLifetime[] All => [Garnet, Cluster, Notifying, Redis];

    public async ValueTask InitializeAsync() => await Task.WhenAll(All.Select(one => one.InitializeAsync().AsTask()));

    public async ValueTask DisposeAsync() => await Task.WhenAll(All.Select(one => one.DisposeAsync().AsTask()));
}

/// <summary>Many keys that expire at once are reported in time, on two engines at once.</summary>
[Collection<QuietCollection>]
public class ExpiryLagTests(TwoInstancesOnEachEngine systems) : IClassFixture<TwoInstancesOnEachEngine>
{
    [Fact]
    public Task Ten_thousand_keys_that_expire_together_are_reported_once_each_on_Garnet_and_on_a_cluster() =>
        Task.WhenAll(AreReportedOnceEachAsync(systems.Garnet), AreReportedOnceEachAsync(systems.Cluster));

    [Fact]
    public Task Ten_thousand_keys_that_expire_together_are_reported_once_each_with_notifications_and_without() =>
        Task.WhenAll(AreReportedOnceEachAsync(systems.Notifying), AreReportedOnceEachAsync(systems.Redis));

    private static async Task AreReportedOnceEachAsync<TEngine>(TwoInstances<TEngine> system)
        where TEngine : Engine, new()
    {
        using HttpClient first = system.First.Client.WithoutTraces(), second = system.Second.Client.WithoutTraces();
        HttpClient[] apis = [first, second];
        var keys = await CacheClient.SetManyAsync(10_000, ttl: 5, apis);

        // By the time that later keys have expired, all that expired before are reported.
        await EndsAsync(await CacheClient.SetManyAsync(apis.Length, ttl: 6, apis));
        var expired = await EndsAsync(keys);
        Assert.Equal(keys.Count, expired.Count);
        Assert.Equal(keys.Count, expired.DistinctBy(span => span.Attributes.Of("cache.key")).Count());

        var lags = expired.Select(span => (double)span.Attributes.Of("cachedemo.cache.expiry_lag")!).Order().ToArray();
        double At(double share) => lags[(int)(share * (lags.Length - 1))] * 1000;
        var lag = $"{typeof(TEngine).Name}: {keys.Count} expirations, lag p50 {At(0.5):0} ms, p99 {At(0.99):0} ms, "
            + $"max {At(1):0} ms";
        TestContext.Current.SendDiagnosticMessage(lag);
        Assert.True(At(0.99) < 250, lag);

        Task<IReadOnlyList<OtlpSpan>> EndsAsync(HashSet<string> of) => system.Telemetry.SpansAsync(
            span => span.Name == "cache.expired" && of.Contains((string)span.Attributes.Of("cache.key")!),
            "ends",
            of.Count);
    }
}

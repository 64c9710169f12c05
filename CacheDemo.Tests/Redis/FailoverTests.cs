using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using CacheDemo.Tests.Support;
using StackExchange.Redis;

namespace CacheDemo.Tests.Redis;

/// <summary>A shard of a cluster fails over to its replica.</summary>
public class FailoverTests
{
    private readonly record struct Asked(string Key, HttpStatusCode Status, bool RetryAfter, TimeSpan Took);

    [Theory]
    [InlineData("cachedemo-own:lives")]
    [InlineData("cachedemo-own:instances")]
    public async Task Other_shards_keep_serving_and_the_one_that_fails_over_recovers_by_itself(string withWhatIsShared)
    {
        await using var engine = new ReplicatedClusterEngine();
        await engine.StartAsync();
        await using var telemetry = await OtlpReceiver.StartAsync();
        await using var api = await ServiceProcess.StartApiAsync(engine.ConnectionString, telemetry);
        using var redis = await ConnectionMultiplexer.ConnectAsync(engine.ConnectionString);

        var cluster = redis.GetServers()[0].ClusterConfiguration!;
        RedisServer PrimaryOf(string key) =>
            engine.Nodes.Single(node => $"{cluster.GetBySlot(key)!.EndPoint}" == node.Endpoint);

        // Of the internal keys of the API only the record of a key is required, and it is on the key's shard, except
        // near the boundaries of the shards (docs/expiry.md).
        var keys = Enumerable
            .Range(0, 60)
            .Select(i => $"key-{i}")
            .Where(key => redis.HashSlot($"cachedemo:{key}") / 1024 is not (5 or 10))
            .ToArray();
        var doomed = PrimaryOf(withWhatIsShared);
        var onDoomed = keys.Where(key => PrimaryOf($"cachedemo:{key}") == doomed).ToHashSet();
        foreach (var key in keys)
            Assert.Equal(HttpStatusCode.OK, (await SetAsync(api, key)).Status);

        var asked = new ConcurrentQueue<Asked>();
        using var enough = new CancellationTokenSource();
        var load = Task.WhenAll(
            AskAsync(keys.Except(onDoomed), asked, api, enough.Token), AskAsync(onDoomed, asked, api, enough.Token));

        doomed.Kill();
        var killed = Stopwatch.StartNew();
        await Eventually.TrueAsync(
            () => Task.FromResult(asked.Any(answer => answer.Status == HttpStatusCode.ServiceUnavailable)),
            "the shard is missed");
        await Eventually.TrueAsync(
            async () =>
                (await Task.WhenAll(onDoomed.Select(key => SetAsync(api, key)))).All(answer =>
                    answer.Status == HttpStatusCode.OK),
            "the shard serves again",
            TimeSpan.FromSeconds(30));
        var recovered = killed.Elapsed;
        await enough.CancelAsync();
        await load;

        Assert.All(
            asked.Where(answer => !onDoomed.Contains(answer.Key)),
            answer => Assert.Equal(HttpStatusCode.OK, answer.Status));
        Assert.All(
            asked.Where(answer => answer.Status != HttpStatusCode.OK),
            answer => Assert.Equal((HttpStatusCode.ServiceUnavailable, true), (answer.Status, answer.RetryAfter)));
        var slowest = asked.Max(answer => answer.Took);
        TestContext.Current.SendDiagnosticMessage(
            $"failover: {asked.Count} requests, "
                + string.Join(
                    ", ",
                    asked.CountBy(answer => answer.Status).Select(pair => $"{pair.Value} x {(int)pair.Key}"))
                + ", "
                + $"slowest {slowest.TotalMilliseconds:0} ms, serving again after {recovered.TotalSeconds:0.0} s");
        Assert.True(slowest < TimeSpan.FromSeconds(1), $"answered after {slowest}");
        Assert.Equal(2, api.Output.Split($"The Redis server {doomed.Endpoint} is away: ").Length);
    }

    [Fact]
    public async Task Expirations_on_other_shards_are_reported_in_time_while_one_hangs()
    {
        await using var engine = new ClusterEngine();
        await engine.StartAsync();
        await using var telemetry = await OtlpReceiver.StartAsync();
        await using var api = await ServiceProcess.StartApiAsync(engine.ConnectionString, telemetry);
        using var redis = await ConnectionMultiplexer.ConnectAsync($"{engine.ConnectionString},allowAdmin=true");
        var cluster = redis.GetServers()[0].ClusterConfiguration!;
        RedisServer PrimaryOf(string key) =>
            engine.Nodes.Single(node => $"{cluster.GetBySlot(key)!.EndPoint}" == node.Endpoint);
        var hanging = PrimaryOf("cachedemo:hanging");
        var keys = Enumerable
            .Range(0, 120)
            .Select(i => $"key-{i}")
            .Where(key => redis.HashSlot($"cachedemo:{key}") / 1024 is not (5 or 10))
            .ToArray();
        foreach (var key in keys)
            Assert.Equal(
                HttpStatusCode.OK,
                (
                    await api.Client.PostAsync(
                        "/set",
                        new
                        {
                            key,
                            value = "x",
                            ttl = 2,
                        })
                ).Status);
        var others = keys.Where(key => PrimaryOf($"cachedemo:{key}") != hanging).ToArray();

        await Eventually.TrueAsync(
            async () =>
                await redis.GetDatabase().KeyTimeToLiveAsync($"cachedemo:{keys[0]}") is not { TotalSeconds: > 1 },
            "the last second begins");
        hanging.Pause();
        var ends = await telemetry.SpansAsync(
            span => span.Name == "cache.expired" && others.Contains(span.Attributes.Of("cache.key")),
            "the other expirations are reported",
            others.Length);
        hanging.Resume();
        var all = await telemetry.SpansAsync(span => span.Name == "cache.expired", "so are the rest's", keys.Length);

        Assert.Equal(keys.Order(), all.Select(span => (string)span.Attributes.Of("cache.key")!).Order());
        Assert.All(ends, span => Assert.InRange((double)span.Attributes.Of("cachedemo.cache.expiry_lag")!, 0, 0.4));
    }

    private static async Task AskAsync(
        IEnumerable<string> keys,
        ConcurrentQueue<Asked> asked,
        ServiceProcess api,
        CancellationToken enough)
    {
        while (!enough.IsCancellationRequested)
        {
            foreach (var key in keys)
            {
                foreach (
                    var ask in new Func<Task<Http.Answer>>[]
                    {
                        () => api.Client.GetAnswerAsync($"/get/{key}"),
                        () => SetAsync(api, key),
                    })
                {
                    var started = Stopwatch.GetTimestamp();
                    var answer = await ask();
                    asked.Enqueue(
                        new(
                            key,
                            answer.Status,
                            answer.Response.Headers.RetryAfter is not null,
                            Stopwatch.GetElapsedTime(started)));
                    await Task.Delay(2, CancellationToken.None); // the pace of a client
                }
            }
        }
    }

    private static Task<Http.Answer> SetAsync(ServiceProcess api, string key) =>
        api.Client.PostAsync(
            "/set",
            new
            {
                key,
                value = "x",
                ttl = 600,
            });
}

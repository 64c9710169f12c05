using System.Diagnostics;
using System.Globalization;
using System.Net;
using CacheDemo.Tests.Support;
using StackExchange.Redis;

namespace CacheDemo.Tests.Redis;

/// <summary>Gets that may be read from a replica are.</summary>
public class ReadFromReplicaTests
{
    private const int Gets = 20;

    [Fact]
    public async Task With_both_endpoints_gets_are_read_from_the_replica_and_from_the_primary_when_it_is_gone()
    {
        await using var engine = new ReaderEngine();
        await engine.StartAsync();
        await using var telemetry = await OtlpReceiver.StartAsync();
        await using var api = await ServiceProcess.StartApiAsync(
            engine.ConnectionString,
            telemetry,
            ("Redis__ReadFrom", "replica"));

        await SetAsync(api, "read");
        Assert.Equal(Gets, await GetAsync(api, "read", engine.Replica));
        Assert.Equal(0, await GetAsync(api, "read", engine.Primary));

        engine.Replica.Kill();
        await Eventually.TrueAsync(
            async () => (await api.Client.GetAnswerAsync("/get/read")).Status == HttpStatusCode.OK,
            "the primary answers",
            TimeSpan.FromSeconds(2));
    }

    [Fact]
    public async Task With_both_endpoints_gets_go_on_while_the_primary_is_gone()
    {
        await using var engine = new ReaderEngine();
        await engine.StartAsync();
        await using var telemetry = await OtlpReceiver.StartAsync();
        await using var api = await ServiceProcess.StartApiAsync(
            engine.ConnectionString,
            telemetry,
            ("Redis__ReadFrom", "replica"));
        await SetAsync(api, "read");

        engine.Primary.Kill();
        await Eventually.TrueAsync(
            async () =>
                (await api.Client.PostAsync("/set", new { key = "read", value = "x" })).Status
                == HttpStatusCode.ServiceUnavailable,
            "sets fail");
        var asked = 0;
        for (var since = Stopwatch.StartNew(); since.Elapsed < TimeSpan.FromSeconds(3); asked++)
            Assert.Equal(HttpStatusCode.OK, (await api.Client.GetAnswerAsync("/get/read")).Status);
        Assert.True(asked > 60, $"only {asked} gets");
    }

    [Fact]
    public async Task Without_the_option_gets_are_read_from_the_primary()
    {
        await using var engine = new ReaderEngine();
        await engine.StartAsync();
        await using var telemetry = await OtlpReceiver.StartAsync();
        await using var api = await ServiceProcess.StartApiAsync(engine.ConnectionString, telemetry);

        await SetAsync(api, "read");
        Assert.Equal(0, await GetAsync(api, "read", engine.Replica));
        Assert.Equal(Gets, await GetAsync(api, "read", engine.Primary));
    }

    [Fact]
    public async Task In_a_cluster_gets_are_read_from_the_shards_replicas()
    {
        await using var engine = new ReplicatedClusterEngine();
        await engine.StartAsync();
        await using var telemetry = await OtlpReceiver.StartAsync();
        await using var api = await ServiceProcess.StartApiAsync(
            engine.ConnectionString,
            telemetry,
            ("Redis__ReadFrom", "replica"));
        using var redis = await ConnectionMultiplexer.ConnectAsync(engine.ConnectionString);
        bool IsReplica(RedisServer node) => redis.GetServer(node.Endpoint).IsReplica;

        foreach (var key in new[] { "a", "b", "c", "d", "e", "f" })
        {
            await SetAsync(api, key);
            Assert.Equal(0, await GetAsync(api, key, [.. engine.Nodes.Where(node => !IsReplica(node))]));
            Assert.Equal(Gets, await GetAsync(api, key, [.. engine.Nodes.Where(IsReplica)]));
        }
    }

    private static async Task SetAsync(ServiceProcess api, string key)
    {
        Assert.Equal(HttpStatusCode.OK, (await api.Client.PostAsync("/set", new { key, value = "x" })).Status);
        // Replication may take a moment.
        await Eventually.TrueAsync(
            async () => (await api.Client.GetAnswerAsync($"/get/{key}")).Status == HttpStatusCode.OK,
            "it is read back");
    }

    /// <summary>Gets the key so many times; how many GETs the servers had meanwhile.</summary>
    private static async Task<long> GetAsync(ServiceProcess api, string key, params RedisServer[] servers)
    {
        var before = await GetsAsync(servers);
        for (var i = 0; i < Gets; i++)
            Assert.Equal(HttpStatusCode.OK, (await api.Client.GetAnswerAsync($"/get/{key}")).Status);
        return await GetsAsync(servers) - before;
    }

    private static async Task<long> GetsAsync(RedisServer[] servers)
    {
        var gets = 0L;
        foreach (var server in servers)
        {
            // A client of StackExchange.Redis starts with a GET of its own, of the tie-breaker.
            using var redis = await ConnectionMultiplexer.ConnectAsync(
                $"{server.Endpoint},allowAdmin=true,tiebreaker=");
            var stats = (await redis.GetServer(server.Endpoint).InfoAsync("commandstats"))
                .SelectMany(group => group)
                .ToDictionary();
            gets += stats.TryGetValue("cmdstat_get", out var stat)
                ? long.Parse(stat.Split('=', ',')[1], CultureInfo.InvariantCulture)
                : 0;
        }

        return gets;
    }
}

using System.Diagnostics;
using System.Net;
using System.Text.Json;
using CacheDemo.Tests.Support;
using StackExchange.Redis;

namespace CacheDemo.Tests.Redis;

/// <summary>
/// Redis fails, in each possible way: what clients receive, what is logged, and how it recovers.
/// </summary>
public class BreaksTests
{
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    /// <summary>The limit for serving again after Redis is back.</summary>
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(2);

    [Fact]
    public async Task Nothing_listens()
    {
        await using var redis = RedisServer.Create();
        await redis.StartAsync();
        await using var api = await Service.StartApiAsync(redis.Endpoint);

        redis.Kill();
        await AssertAsync(api, "unreachable", "not_applied");
        await SaysOnceAsync(api, "Redis is away: nothing listens at its address. ");

        await redis.StartAsync();
        await ServesAsync(api);
    }

    [Fact]
    public async Task Connections_are_cut()
    {
        await using var redis = RedisServer.Create();
        await redis.StartAsync();
        await using var network = Network.To(redis);
        await using var api = await Service.StartApiAsync(network.Endpoint);

        network.Resets = true;
        network.Reset();
        await AssertAsync(api, "unreachable", "not_applied");
        await SaysOnceAsync(api, "Redis is away: ");

        network.Resets = false;
        await ServesAsync(api);
    }

    [Fact]
    public async Task It_hangs_and_no_thread_waits_for_it()
    {
        await using var redis = RedisServer.Create();
        await redis.StartAsync();
        await using var telemetry = await OtlpReceiver.StartAsync();
        await using var api = await ServiceProcess.StartApiAsync(redis.Endpoint, telemetry);
        await SetAsync(api);
        var threads = api.Threads;

        redis.Pause();
        var (first, _) = await TimedAsync(() => SetAsync(api));
        AssertFailed(first, "timeout", "unknown");
        var many = Task.WhenAll(
            Enumerable.Range(0, 500).Select(i => TimedAsync(() => i % 2 == 0 ? GetAsync(api) : SetAsync(api))));
        Assert.All(await many, asked => AssertFailed(asked.Answer));
        Assert.True(api.Threads < threads + 50, $"{threads} threads, and {api.Threads} with 500 requests");

        // The circuit is open: no request waits for a timeout.
        await Eventually.TrueAsync(
            async () => (await TimedAsync(() => GetAsync(api))).Took < TimeSpan.FromMilliseconds(200),
            "requests fail at once",
            Soon);
        await AssertAsync(api, "unreachable", "not_applied");
        await SaysOnceAsync(api, "Redis is away: it stopped answering. ");
        await SaysOnceAsync(api, "Redis is away: it accepts connections, and does not answer: it hangs. ");
        await Eventually.TrueAsync(
            () => Task.FromResult(
                telemetry.Total("cachedemo.redis.disconnects", ("error.type", "circuit_breaker")) >= 1),
            "the open circuit is counted");

        redis.Resume();
        await ServesAsync(api);
        Assert.Equal("x", (await GetAsync(api))["value"].GetString());
    }

    [Fact]
    public async Task A_connection_is_dropped_silently_by_the_network()
    {
        await using var redis = RedisServer.Create();
        await redis.StartAsync();
        await using var network = Network.To(redis);
        await using var api = await Service.StartApiAsync(network.Endpoint);
        await SetAsync(api);

        network.Forget();
        var (answer, _) = await TimedAsync(() => SetAsync(api));
        AssertFailed(answer, "timeout", "unknown");
        await ServesAsync(api);
    }

    [Fact]
    public async Task It_is_slow()
    {
        await using var redis = RedisServer.Create();
        await redis.StartAsync();
        await using var network = Network.To(redis);
        await using var api = await Service.StartApiAsync(network.Endpoint);

        // A delete takes two round trips: each is within the command timeout, both together exceed the request timeout.
        await SetAsync(api);
        network.Delay = TimeSpan.FromMilliseconds(480);
        await Eventually.TrueAsync(async () => (await GetAsync(api)).Status == HttpStatusCode.OK, "a get is in time");
        var (answer, took) = await TimedAsync(() => api.Client.SendRawAsync(HttpMethod.Delete, "/delete/broken"));
        AssertFailed(answer, "timeout", "unknown");
        Assert.InRange(took, TimeSpan.Zero, Second);

        network.Delay = TimeSpan.FromSeconds(3);
        await AssertAsync(api);

        network.Delay = TimeSpan.Zero;
        await ServesAsync(api);
    }

    [Fact]
    public async Task It_becomes_a_replica_and_a_primary_again()
    {
        await using var redis = RedisServer.Create("--replica-serve-stale-data", "yes");
        await redis.StartAsync();
        await using var api = await Service.StartApiAsync(redis.Endpoint);
        await SetAsync(api);

        using var operations = await redis.ConnectAsync();
        await operations.GetServers()[0].ExecuteAsync("REPLICAOF", "127.0.0.1", $"{Ports.Free()}");
        var (answer, took) = await TimedAsync(() => SetAsync(api));
        AssertFailed(answer, "read_only", "not_applied");
        Assert.InRange(took, TimeSpan.Zero, Second);
        await SaysOnceAsync(api, "Only replicas of Redis are connected");
        async Task<long> ConnectionsAsync() =>
            long.Parse(
                (await operations.GetServers()[0].InfoAsync("stats"))
                    .SelectMany(group => group)
                    .Single(pair => pair.Key == "total_connections_received")
                    .Value);
        var before = await ConnectionsAsync();
        await Eventually.TrueAsync(
            async () =>
            {
                AssertFailed(await SetAsync(api), outcome: "not_applied");
                return await ConnectionsAsync() >= before + 4;
            },
            "it is connected to anew, again and again");

        // The reason is the same whether there is a connection at that moment or not.
        await Eventually.TrueAsync(
            async () =>
            {
                for (var i = 0; i < 50; i++)
                {
                    if ((await SetAsync(api))["reason"].GetString() != "read_only")
                        return false;
                }

                return true;
            },
            "sets say that Redis takes no writes");

        await SaysOnceAsync(api, "POST /set fails: This Redis takes no writes, as during a failover. ");
        await SaysOnceAsync(api, "Only replicas of Redis are connected");
        Assert.DoesNotContain("Redis is away", api.Output);

        await operations.GetServers()[0].ExecuteAsync("REPLICAOF", "NO", "ONE");
        await ServesAsync(api);
        await SaysOnceAsync(api, "A primary of Redis is connected");
    }

    [Fact]
    public async Task It_becomes_a_replica_and_is_killed_and_the_log_reports_each_outage()
    {
        await using var redis = RedisServer.Create();
        await redis.StartAsync();
        await using var telemetry = await OtlpReceiver.StartAsync();
        await using var api = await ServiceProcess.StartApiAsync(redis.Endpoint, telemetry);
        using (var operations = await redis.ConnectAsync())
            await operations.GetServers()[0].ExecuteAsync("REPLICAOF", "127.0.0.1", $"{Ports.Free()}");
        await SaysOnceAsync(api, "Only replicas of Redis are connected");

        for (var times = 1; times <= 2; times++)
        {
            redis.Kill();
            await SaysAsync(api, "Redis is away: nothing listens at its address. ", times);
            await redis.StartAsync();
            await ServesAsync(api);
            await SaysAsync(api, "Redis is connected", times + 1);
            await Eventually.TrueAsync(
                () => Task.FromResult(telemetry.Last("cachedemo.redis.connected").LastOrDefault()?.Value is 1),
                "the gauge says so");
        }
    }

    [Fact]
    public async Task Its_name_resolves_to_another_server_after_a_failover_and_the_old_one_remains_as_a_replica()
    {
        await using var old = RedisServer.Create();
        await old.StartAsync();
        await using var next = RedisServer.Create();
        await next.StartAsync();
        await using var network = Network.To(old);
        await using var api = await Service.StartApiAsync(network.Endpoint);

        using var operations = await old.ConnectAsync();
        await operations.GetServers()[0].ExecuteAsync("REPLICAOF", "127.0.0.1", $"{next.Port}");
        await Eventually.TrueAsync(
            async () => (await SetAsync(api)).Status == HttpStatusCode.ServiceUnavailable,
            "sets fail",
            Soon);

        network.Lead(next);
        await ServesAsync(api);
        using var there = await next.ConnectAsync();
        Assert.Equal("x", await there.GetDatabase().StringGetAsync("cachedemo:broken"));
    }

    [Fact]
    public async Task It_is_out_of_memory()
    {
        await using var redis = RedisServer.Create();
        await redis.StartAsync();
        await using var api = await Service.StartApiAsync(redis.Endpoint);
        await SetAsync(api);

        using var operations = await redis.ConnectAsync();
        await operations.GetServers()[0].ConfigSetAsync("maxmemory", "1");
        for (var i = 0; i < 20; i++)
        {
            var (answer, took) = await TimedAsync(() => SetAsync(api, "another"));
            AssertFailed(answer, "out_of_memory", "not_applied");
            Assert.InRange(took, TimeSpan.Zero, Second);
        }

        Assert.Equal("x", (await GetAsync(api))["value"].GetString());
        Assert.Equal(HttpStatusCode.OK, (await api.Client.GetAnswerAsync("/stats")).Status);
        Assert.Equal(
            HttpStatusCode.OK,
            (await api.Client.PostAsync("/expire", new { key = "broken", ttl = 500 })).Status);
        Assert.Equal(
            HttpStatusCode.NoContent,
            (await api.Client.SendRawAsync(HttpMethod.Delete, "/delete/broken")).Status);
        Assert.Equal(HttpStatusCode.NotFound, (await GetAsync(api)).Status);
        await SaysOnceAsync(
            api,
            "POST /set fails: Redis is out of memory: it stores nothing until keys end or are deleted. ");
        Assert.DoesNotContain("Redis is away", api.Output);

        await operations.GetServers()[0].ConfigSetAsync("maxmemory", "0");
        await ServesAsync(api);
        await Eventually.TrueAsync(
            async () =>
                (await SetAsync(api)).Status == HttpStatusCode.OK
                && api.Output.Contains("POST /set works again", StringComparison.Ordinal),
            "the log says so",
            also: () => api.Output);
    }

    [Fact]
    public async Task It_is_loading()
    {
        await using var redis = RedisServer.Create(
            "--dbfilename",
            "slow.rdb",
            "--enable-debug-command",
            "local",
            "--key-load-delay",
            "0");
        await redis.StartAsync();
        await using var api = await Service.StartApiAsync(redis.Endpoint);
        using var operations = await redis.ConnectAsync();
        var server = operations.GetServers()[0];
        await server.ExecuteAsync("DEBUG", "POPULATE", "400");
        await SetAsync(api);
        await server.ConfigSetAsync("key-load-delay", "10000");
        await server.ConfigSetAsync("loading-process-events-interval-bytes", "1024");

        var loading = server.ExecuteAsync("DEBUG", "RELOAD");
        await Eventually.TrueAsync(
            async () => (await GetAsync(api)).Status != HttpStatusCode.OK,
            "it is noticed",
            Soon);
        var reasons = new HashSet<string>();
        while (await TimedAsync(() => GetAsync(api)) is { Answer: { Status: not HttpStatusCode.OK } answer } asked)
        {
            AssertFailed(answer);
            reasons.Add(answer["reason"].GetString()!);
            Assert.InRange(asked.Took, TimeSpan.Zero, Second);
        }

        Assert.Contains("loading", reasons);
        await loading;
        Assert.Equal("x", (await GetAsync(api))["value"].GetString());
    }

    [Fact]
    public async Task Its_name_stops_resolving_and_resolves_again()
    {
        var library = Tools.RequireLibrary("libnss_wrapper.so", "libnss-wrapper");
        await using var redis = RedisServer.Create();
        await redis.StartAsync();
        var hosts = Path.GetTempFileName();
        var changed = DateTime.UtcNow;
        void Name(string line)
        {
            // The library reads the file again when its modification time differs, in whole seconds.
            File.WriteAllText(hosts, line);
            File.SetLastWriteTimeUtc(hosts, changed = changed.AddSeconds(10));
        }

        Name("127.0.0.1 cache.example\n");
        await using var api = await ServiceProcess.StartApiAsync(
            $"cache.example:{redis.Port}", telemetry: null, ("LD_PRELOAD", library), ("NSS_WRAPPER_HOSTS", hosts));
        await SetAsync(api);

        Name("127.0.0.1 another.example\n");
        Assert.Equal(HttpStatusCode.OK, (await GetAsync(api)).Status);
        redis.Kill();
        await redis.StartAsync();
        await SaysOnceAsync(api, "Redis is away: its host name is not known. ");
        await AssertAsync(api, "unreachable", "not_applied");

        Name("127.0.0.1 cache.example\n");
        await ServesAsync(api);
    }

    [Fact]
    public async Task Its_user_lacks_a_permission()
    {
        await using var redis = RedisServer.Create();
        await redis.StartAsync();
        using var operations = await redis.ConnectAsync();
        await operations
            .GetServers()[0]
            .ExecuteAsync("ACL", "SETUSER", "poor", "on", ">poor", "~another*", "&*", "+@all");
        await using var api = await Service.StartApiAliveAsync(
            $"{redis.Endpoint},user=poor,password=poor");

        for (var i = 0; i < 10; i++)
        {
            AssertFailed(await SetAsync(api), "no_permission", "not_applied");
            AssertFailed(await GetAsync(api), "no_permission");
        }

        await SaysOnceAsync(api, "POST /set fails: Redis denies the user a right that it needs. ");
        await SaysOnceAsync(api, "GET /get/{**key} fails: Redis denies the user a right that it needs. ");

        await operations.GetServers()[0].ExecuteAsync("ACL", "SETUSER", "poor", "~cachedemo*");
        await ServesAsync(api);
    }

    [Fact]
    public async Task It_is_busy_with_a_script()
    {
        await using var redis = RedisServer.Create("--busy-reply-threshold", "100");
        await redis.StartAsync();
        await using var api = await Service.StartApiAsync(redis.Endpoint);
        using var operations = await redis.ConnectAsync();
        using var another = await redis.ConnectAsync();

        var script = operations.GetServers()[0].ExecuteAsync("EVAL", "while true do end", "0");
        await Eventually.TrueAsync(
            async () =>
                await SetAsync(api) is { Status: not HttpStatusCode.OK } answer
                && answer["reason"].GetString() == "busy",
            "it is said",
            Soon);
        AssertFailed(await SetAsync(api), "busy", "not_applied");

        await another.GetServers()[0].ExecuteAsync("SCRIPT", "KILL");
        await ServesAsync(api);
        await Assert.ThrowsAnyAsync<Exception>(() => script);
    }

    [Fact]
    public async Task A_slot_of_the_cluster_is_not_assigned()
    {
        await using var engine = new ClusterEngine();
        await engine.StartAsync();
        await using var api = await Service.StartApiAsync(engine.ConnectionString);
        await SetAsync(api);
        using var redis = await ConnectionMultiplexer.ConnectAsync($"{engine.ConnectionString},allowAdmin=true");
        var owner = redis.GetServer(redis.GetDatabase().IdentifyEndpoint("cachedemo:broken")!);
        var slot = redis.HashSlot("cachedemo:broken");

        await owner.ExecuteAsync("CLUSTER", "DELSLOTS", slot);
        await Eventually.TrueAsync(
            async () => (await GetAsync(api)).Status == HttpStatusCode.ServiceUnavailable,
            "it is felt",
            Soon);
        AssertFailed(await SetAsync(api), "cluster_down", "not_applied");

        await owner.ExecuteAsync("CLUSTER", "ADDSLOTS", slot);
        await Eventually.TrueAsync(
            async () => (await SetAsync(api)).Status == HttpStatusCode.OK,
            "it serves again",
            also: () => api.Output);
    }

    [Fact]
    public async Task A_slot_of_the_cluster_moves_to_another_node()
    {
        await using var engine = new ClusterEngine();
        await engine.StartAsync();
        await using var api = await Service.StartApiAsync(engine.ConnectionString);
        Assert.Equal(HttpStatusCode.NotFound, (await api.Client.GetAnswerAsync("/get/moved")).Status);

        using var redis = await ConnectionMultiplexer.ConnectAsync($"{engine.ConnectionString},allowAdmin=true");
        var cluster = (await redis.GetServers()[0].ClusterNodesAsync())!;
        var slot = redis.HashSlot("cachedemo:moved");
        var next = cluster.Nodes.First(node => !node.Slots.Any(range => range.From <= slot && slot <= range.To));
        foreach (var node in engine.Nodes)
        {
            using var operations = await node.ConnectAsync();
            await operations.GetServer(node.Endpoint).ExecuteAsync("CLUSTER", "SETSLOT", slot, "NODE", next.NodeId);
        }

        for (var i = 0; i < 20; i++)
        {
            Assert.Equal(HttpStatusCode.OK, (await SetAsync(api, "moved")).Status);
            Assert.Equal(HttpStatusCode.OK, (await api.Client.GetAnswerAsync("/get/moved")).Status);
        }
    }

    private readonly record struct Asked(Http.Answer Answer, TimeSpan Took);

    private static async Task<Asked> TimedAsync(Func<Task<Http.Answer>> ask)
    {
        var started = Stopwatch.GetTimestamp();
        return new(await ask(), Stopwatch.GetElapsedTime(started));
    }

    private static Task<Http.Answer> SetAsync(Service api, string key = "broken") =>
        api.Client.PostAsync(
            "/set",
            new
            {
                key,
                value = "x",
                ttl = 600,
            });

    private static Task<Http.Answer> GetAsync(Service api) => api.Client.GetAnswerAsync("/get/broken");

    // Every route that uses Redis.
    private static async Task AssertAsync(Service api, string? reason = null, string? outcome = null)
    {
        foreach (var (ask, writes) in new (Func<Task<Http.Answer>>, bool)[]
        {
            (() => SetAsync(api), true),
            (() => GetAsync(api), false),
            (() => api.Client.GetAnswerAsync("/ttl/broken"), false),
            (() => api.Client.GetAnswerAsync("/keys"), false),
            (() => api.Client.GetAnswerAsync("/stats"), false),
            (() => api.Client.PostAsync("/stats/reset", new { }), true),
            (() => api.Client.PostAsync("/keys/flush", new { }), true),
            (() => api.Client.PostAsync("/expire", new { key = "broken", ttl = 5 }), true),
            (() => api.Client.SendRawAsync(HttpMethod.Delete, "/delete/broken"), true),
        })
        {
            var (answer, took) = await TimedAsync(ask);
            AssertFailed(answer, reason, writes ? outcome : null);
            Assert.Equal(writes, JsonDocument.Parse(answer.Body).RootElement.TryGetProperty("outcome", out _));
            Assert.InRange(took, TimeSpan.Zero, Second);
        }
    }

    private static void AssertFailed(Http.Answer answer, string? reason = null, string? outcome = null)
    {
        Assert.Equal(
            (HttpStatusCode.ServiceUnavailable, "application/problem+json"),
            (answer.Status, answer.MediaType));
        Assert.NotNull(answer.Response.Headers.RetryAfter);
        Assert.Equal(reason ?? answer["reason"].GetString(), answer["reason"].GetString());
        if (outcome is not null)
            Assert.Equal(outcome, answer["outcome"].GetString());
    }

    private static async Task ServesAsync(Service api)
    {
        var back = Stopwatch.StartNew();
        await Eventually.TrueAsync(
            async () => (await SetAsync(api)).Status == HttpStatusCode.OK,
            "the API serves",
            TimeSpan.FromSeconds(20),
            () => api.Output);
        Assert.InRange(back.Elapsed, TimeSpan.Zero, Soon);
    }

    private static Task SaysOnceAsync(Service api, string text) => SaysAsync(api, text, times: 1);

    private static async Task SaysAsync(Service api, string text, int times)
    {
        await Eventually.TrueAsync(
            () => Task.FromResult(api.Output.Split(text).Length > times),
            $"the API says: {text}",
            also: () => api.Output);
        Assert.Equal(times, api.Output.Split(text).Length - 1);
    }
}

using CacheDemo.Bench.Figures;
using CacheDemo.Bench.Load;
using CacheDemo.Bench.Processes;
using StackExchange.Redis;

namespace CacheDemo.Bench.Rows;

/// <summary>What 100,000 live keys cost whose expiration is tracked.</summary>
internal sealed class TrackedRow : BenchRow
{
    private const int Count = 100_000;

    private static readonly Bar Most = Bar.AtMost(64 * 1.048576);

    public override string Name => "tracked";

    public override string Description => "memory of 100,000 live keys that are tracked: of the API, and in Redis";

    public override bool IsQuick => false;

    public override IReadOnlyList<string> Needs => [Tool.Redis];

    public override async Task RunAsync(Run run)
    {
        await using var servers = run.OwnServers();
        var redis = await servers.RedisAsync();
        var api = await servers.ApiAsync(redis.Endpoint);

        // The same work first, on few keys, so that the heap has the size that the work needs.
        run.Progress($"{Name}: warms up");
        for (var i = 0; i < Count / 1000; i++)
            await Sets.RunAsync([api], "warm-up", 1000, 3600, run.Stop);
        var (before, stored) = (api.Process.Memory, await RedisInfo.NumberAsync(redis, "used_memory"));

        run.Progress($"{Name}: sets {Count} keys");
        await Sets.RunAsync([api], "tracked", Count, 3600, run.Stop);
        await Task.Delay(TimeSpan.FromSeconds(5), run.Stop);
        Add(run, $"{Count:#,0} live keys tracked: the API's memory grows by", api.Process.Memory - before);

        var all = await RedisInfo.NumberAsync(redis, "used_memory") - stored;
        Add(run, $"{Count:#,0} live keys tracked: memory in Redis beside the keys", all - await KeysAsync(redis));
    }

    private static void Add(Run run, string what, double bytes)
    {
        var grown = new Series(bytes / 1e6);
        run.Report.Add(new Line(what)
        {
            Memory = Text.Of(grown, "0.0", "MB"),
            Bar = "< 64 MiB",
            Verdict = Text.Of(Most.Judge(grown, fewest: 1)),
        });
    }

    // What the same keys need without the API.
    private static async Task<long> KeysAsync(Server redis)
    {
        await using var client = await ConnectionMultiplexer.ConnectAsync($"{redis.Endpoint},allowAdmin=true");
        await client.GetServers()[0].FlushDatabaseAsync();
        var before = await RedisInfo.NumberAsync(redis, "used_memory");
        foreach (var some in Enumerable.Range(0, Count).Chunk(10_000))
        {
            await Task.WhenAll(
                some.Select(i => client.GetDatabase().StringSetAsync(
                    $"{Entries.Prefix}tracked-{i}",
                    "12345",
                    TimeSpan.FromHours(1))));
        }

        return await RedisInfo.NumberAsync(redis, "used_memory") - before;
    }
}

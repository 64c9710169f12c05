using CacheDemo.Bench.Figures;
using CacheDemo.Bench.Load;
using CacheDemo.Bench.Processes;
using StackExchange.Redis;

namespace CacheDemo.Bench.Rows;

/// <summary>A page of the keys among few and among many.</summary>
internal sealed class KeysRow : BenchRow
{
    private const string Few = "a thousand keys", Many = "a million keys";

    public override string Name => "keys";

    public override string Description => "GET /keys, a page of 100, among a thousand and among a million keys";

    public override async Task RunAsync(Run run)
    {
        await using var servers = run.OwnServers();
        List<Contender> contenders = [];
        foreach (var (name, count) in new[] { (Few, 1_000), (Many, 1_000_000) })
        {
            run.Progress($"{Name}: writes {name}");
            var redis = await servers.RedisAsync(name);
            await WriteAsync(redis, count, run.Stop);
            var api = await servers.ApiAsync(redis.Endpoint, name: $"api of {name}");
            contenders.Add(new(name, api.Url("/keys?count=100"), api.Process) { Connections = 1, Contains = "key-" });
        }

        var measured = await Rounds.RunAsync(run, Name, contenders);
        var bar = Bar.AtMost(1.5);
        var ratio = measured[Many].P50.To(measured[Few].P50);
        run.Report.Add(measured[Few].Line($"GET /keys, 100 of {Few}, 1 connection"));
        run.Report.Add(measured[Many].Line($"GET /keys, 100 of {Many}, against {Few}") with
        {
            Ratio = $"p50 {Text.WithSpread(ratio)}",
            Bar = $"p50 {bar}",
            Verdict = Text.Of(bar.Judge(ratio)),
        });
    }

    private static async Task WriteAsync(Server redis, int count, CancellationToken stop)
    {
        const int Batch = 10_000;
        await using var client = await ConnectionMultiplexer.ConnectAsync(redis.Endpoint);
        for (var from = 0; from < count; from += Batch)
        {
            stop.ThrowIfCancellationRequested();
            await Task.WhenAll(
                Enumerable.Range(from, Math.Min(Batch, count - from)).Select(i =>
                    client.GetDatabase().StringSetAsync($"{Entries.Prefix}key-{i}", "12345", TimeSpan.FromDays(1))));
        }
    }
}

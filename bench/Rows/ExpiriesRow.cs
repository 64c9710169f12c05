using System.Diagnostics;
using CacheDemo.Bench.Expiries;
using CacheDemo.Bench.Figures;
using CacheDemo.Bench.Load;
using CacheDemo.Bench.Processes;

namespace CacheDemo.Bench.Rows;

/// <summary>Many keys that expire together, on two instances of the API.</summary>
internal sealed class ExpiriesRow : BenchRow
{
    private const int Count = 10_000;

    private static readonly TimeSpan TimeToLive = TimeSpan.FromSeconds(5), Timeout = TimeSpan.FromSeconds(30);

    public override string Name => "expiries";

    public override string Description => "10,000 keys with one TTL: each is reported once, and how late";

    public override IReadOnlyList<string> Needs => [Tool.Redis];

    public override async Task RunAsync(Run run)
    {
        await using var receiver = await ExpirationReceiver.StartAsync();
        await using var servers = run.OwnServers();
        var redis = await servers.RedisAsync();
        var settings = new Dictionary<string, string>
        {
            ["OTEL_EXPORTER_OTLP_ENDPOINT"] = receiver.Endpoint,
            ["OTEL_EXPORTER_OTLP_PROTOCOL"] = "http/protobuf",
            ["OTEL_BSP_MAX_QUEUE_SIZE"] = "100000",
            ["OTEL_BSP_SCHEDULE_DELAY"] = "200",
        };
        Server[] apis =
        [
            await servers.ApiAsync(redis.Endpoint, Telemetry.EveryTrace, "first api", settings),
            await servers.ApiAsync(redis.Endpoint, Telemetry.EveryTrace, "second api", settings),
        ];

        run.Progress($"{Name}: sets {Count} keys");
        await Sets.RunAsync(apis, "expiry", Count, (int)TimeToLive.TotalSeconds, run.Stop);
        var waited = Stopwatch.StartNew();
        while (receiver.Expired.Count < Count && waited.Elapsed < TimeToLive + Timeout)
            await Task.Delay(100, run.Stop);
        await Task.Delay(TimeSpan.FromSeconds(2), run.Stop); // for those that are reported twice

        var expired = receiver.Expired;
        var distinct = expired.DistinctBy(one => one.Key).Count();
        if (expired.Count != Count || distinct != Count)
            run.Report.Error($"{Name}: {expired.Count} reported of {Count}, {distinct} different ones");
        double[] lags = [.. expired.Select(one => one.Lag * 1000).Order().DefaultIfEmpty(double.NaN)];
        double At(double share) => lags[(int)(share * (lags.Length - 1))];
        var (each, bar) = (expired.Count == Count && distinct == Count, Bar.AtMost(250));
        run.Report.Add(new Line($"{Count:#,0} keys that expire together, two API instances: lag")
        {
            P50 = $"{Text.Number(At(0.5), "0")} ms",
            P99 = $"{Text.Number(At(0.99), "0")} ms",
            Ratio = $"{Text.Number(expired.Count, "#,0")} reported, {expired.Count - distinct} twice",
            Bar = $"each once; p99 {bar} ms",
            Verdict = Text.Of(
            [
                ("each once", each ? Verdict.Met : Verdict.NotMet),
                ("p99", bar.Judge(new(At(0.99)), fewest: 1)),
            ]),
        });
    }
}

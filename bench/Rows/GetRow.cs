using CacheDemo.Bench.Figures;
using CacheDemo.Bench.Load;
using CacheDemo.Bench.Processes;

namespace CacheDemo.Bench.Rows;

/// <summary>Reads that hit.</summary>
internal sealed class GetRow : BenchRow
{
    private const string Original = "the original",
        Webdis = "webdis",
        Bare = "bare",
        Constant = "a constant from the same host",
        Deployed = "as deployed",
        Traced = "every request traced",
        Off = "telemetry off";

    public override string Name => "get";

    public override string Description => "GET /get/{key}, hits, against the original, webdis and a bare route";

    public override async Task RunAsync(Run run)
    {
        var redis = await run.Servers.RedisAsync();
        await Entries.WriteAsync(redis);
        var (original, webdis) = (await run.OriginalAsync(redis), await run.WebdisAsync(redis));
        var bare = await run.Servers.BareAsync(redis);
        var deployed = await run.Servers.ApiAsync(redis.Endpoint);
        var traced = await run.Servers.ApiAsync(redis.Endpoint, Telemetry.EveryTrace);
        var off = await run.Servers.ApiAsync(redis.Endpoint, Telemetry.Off);

        const string Get = $"/get/{Entries.Key}";
        Contender?[] contenders =
        [
            Hits(Original, original, Get),
            Hits(Webdis, webdis, $"/GET/{Entries.Key}"),
            Hits(Bare, bare, Get),
            Hits(Constant, bare, $"/constant/{Entries.Key}"),
            Hits(Deployed, deployed, Get),
            Hits(Traced, traced, Get),
            Hits(Off, off, Get),
        ];
        var measured = await Rounds.RunAsync(run, Name, contenders);
        if (!(await run.Servers.SinkAsync()).Process.Output.Contains("TraceService", StringComparison.Ordinal))
            run.Report.Error($"{Name}: no traces were exported");

        void Add(string name, string peer, Bar? rate = null, Bar? p99 = null) => run.Report.Add(
            measured[name].Line($"GET, hits: {name}, against {peer}", measured.GetValueOrDefault(peer), rate, p99));
        foreach (var name in new[] { Original, Webdis, Constant, Off }.Where(measured.ContainsKey))
            run.Report.Add(measured[name].Line($"GET, hits: {name}"));
        Add(Bare, Constant);
        Add(Deployed, Original, Bar.AtLeast(3.5), Bar.AtMost(1));
        Add(Deployed, Webdis, Bar.AtLeast(1), Bar.AtMost(1));
        Add(Deployed, Bare, Bar.AtLeast(0.9), Bar.AtMost(1.5));
        Add(Traced, Off, Bar.AtLeast(0.6));
    }

    private static Contender? Hits(string name, Server? server, string path) =>
        Contender.At(name, server, path, Entries.Value);
}

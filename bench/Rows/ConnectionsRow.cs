using CacheDemo.Bench.Load;

namespace CacheDemo.Bench.Rows;

/// <summary>Reads with few and with many connections.</summary>
internal sealed class ConnectionsRow : BenchRow
{
    private const string Bare = "bare", Deployed = "as deployed";

    public override string Name => "connections";

    public override string Description => "GET /get/{key}, hits, with 1 to 256 connections";

    public override async Task RunAsync(Run run)
    {
        var redis = await run.Servers.RedisAsync();
        await Entries.WriteAsync(redis);
        var bare = await run.Servers.BareAsync(redis);
        var deployed = await run.Servers.ApiAsync(redis.Endpoint);
        const string Get = $"/get/{Entries.Key}";
        foreach (var connections in run.Options.Quick ? [1, 256] : new[] { 1, 4, 16, 64, 256 })
        {
            var measured = await Rounds.RunAsync(
                run,
                $"{Name} {connections}",
                new Contender(Bare, bare.Url(Get), bare.Process) { Connections = connections },
                new Contender(Deployed, deployed.Url(Get), deployed.Process) { Connections = connections });
            var unit = connections == 1 ? "connection" : "connections";
            run.Report.Add(
                measured[Deployed].Line(
                    $"GET, hits, {connections} {unit}: {Deployed}, against {Bare}",
                    measured[Bare]));
        }
    }
}

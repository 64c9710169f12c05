using CacheDemo.Bench.Figures;
using CacheDemo.Bench.Load;
using CacheDemo.Bench.Processes;

namespace CacheDemo.Bench.Rows;

/// <summary>Writes: a thousand keys in turn, with 60 seconds to live.</summary>
internal sealed class SetRow : BenchRow
{
    private const string Original = "the original", Deployed = "as deployed";

    public override string Name => "set";

    public override string Description => "POST /set, against the original, which does not track expirations";

    public override async Task RunAsync(Run run)
    {
        var redis = await run.Servers.RedisAsync();
        var original = await run.OriginalAsync(redis);
        var deployed = await run.Servers.ApiAsync(redis.Endpoint);
        var measured = await Rounds.RunAsync(
            run,
            Name,
            Sets(Original, original),
            Sets(Deployed, deployed));

        if (measured.TryGetValue(Original, out var peer))
            run.Report.Add(peer.Line($"POST /set: {Original}"));
        run.Report.Add(
            measured[Deployed].Line($"POST /set: {Deployed}, against {Original}", peer, Bar.AtLeast(2)));
    }

    private static Contender? Sets(string name, Server? server) =>
        server is null
            ? null
            : new(name, server.Url("/set"), server.Process) { Script = ["set", name.Replace(' ', '-')] };
}

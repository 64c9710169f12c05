using CacheDemo.Bench.Load;

namespace CacheDemo.Bench.Rows;

/// <summary>Reads that miss.</summary>
internal sealed class MissRow : BenchRow
{
    private const string Original = "the original", Bare = "bare", Deployed = "as deployed";

    public override string Name => "miss";

    public override string Description => "GET /get/{key}, misses: a miss reads its reason as well";

    public override async Task RunAsync(Run run)
    {
        const string Miss = "/get/absent";
        var redis = await run.Servers.RedisAsync();
        var original = await run.OriginalAsync(redis);
        var bare = await run.Servers.BareAsync(redis);
        var deployed = await run.Servers.ApiAsync(redis.Endpoint);
        var measured = await Rounds.RunAsync(
            run,
            Name,
            Contender.At(Original, original, Miss, "not found"),
            new Contender(Bare, bare.Url(Miss), bare.Process) { ExpectsMisses = true },
            new Contender(Deployed, deployed.Url(Miss), deployed.Process) { ExpectsMisses = true });

        foreach (var peer in new[] { Original, Bare })
            run.Report.Add(
                measured[Deployed].Line($"GET, misses: {Deployed}, against {peer}", measured.GetValueOrDefault(peer)));
    }
}

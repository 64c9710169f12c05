using CacheDemo.Bench.Load;

namespace CacheDemo.Bench.Rows;

/// <summary>Reads of larger values.</summary>
internal sealed class SizeRow : BenchRow
{
    private const string Original = "the original", Bare = "bare", Deployed = "as deployed";

    private static readonly int[] Sizes = [1, 100];

    public override string Name => "size";

    public override string Description => "GET /get/{key}, hits of 1 KiB and of 100 KiB";

    public override async Task RunAsync(Run run)
    {
        var redis = await run.Servers.RedisAsync();
        var original = await run.OriginalAsync(redis);
        var bare = await run.Servers.BareAsync(redis);
        var deployed = await run.Servers.ApiAsync(redis.Endpoint);
        foreach (var size in Sizes.Skip(run.Options.Quick ? 1 : 0))
        {
            var key = $"bench-{size}";
            var value = new string('v', size * 1024);
            await Entries.WriteAsync(redis, key, value);
            var path = $"/get/{key}";
            var measured = await Rounds.RunAsync(
                run,
                $"{Name} {size} KiB",
                Contender.At(Original, original, path, value),
                Contender.At(Bare, bare, path, value),
                Contender.At(Deployed, deployed, path, value));
            foreach (var peer in new[] { Original, Bare })
                run.Report.Add(
                    measured[Deployed].Line(
                        $"GET, hits of {size} KiB: {Deployed}, against {peer}",
                        measured.GetValueOrDefault(peer)));
        }
    }
}

using CacheDemo.Bench.Load;

namespace CacheDemo.Bench.Rows;

/// <summary>The API on the embedded server and on redis-server.</summary>
internal sealed class EngineRow : BenchRow
{
    private const string OnRedis = "redis-server", OnGarnet = "Garnet";

    public override string Name => "engine";

    public override string Description => "GET and POST /set on Garnet, against redis-server";

    public override async Task RunAsync(Run run)
    {
        var redis = await run.Servers.RedisAsync();
        var garnet = await run.Servers.GarnetAsync();
        var onRedis = await run.Servers.ApiAsync(redis.Endpoint);
        var onGarnet = await run.Servers.ApiAsync(garnet.Endpoint, name: "api on Garnet");
        await Entries.WriteAsync(redis);
        await Entries.WriteAsync(garnet);

        // The engine's own CPU time and memory are a part of what differs here.
        Contender[] contenders =
        [
            new(OnRedis, onRedis.Url("/"), onRedis.Process, redis.Process),
            new(OnGarnet, onGarnet.Url("/"), onGarnet.Process, garnet.Process),
        ];
        var gets = await Rounds.RunAsync(
            run,
            $"{Name}, gets",
            contenders.Select(contender => contender with
            {
                Address = new Uri(contender.Address, $"/get/{Entries.Key}"),
                Contains = Entries.Value,
            }));
        var sets = await Rounds.RunAsync(
            run,
            $"{Name}, sets",
            contenders.Select(contender => contender with
            {
                Address = new Uri(contender.Address, "/set"),
                Script = ["set", "engine"],
            }));
        run.Report.Add(gets[OnRedis].Line($"GET, hits, on {OnRedis}, with its process"));
        run.Report.Add(gets[OnGarnet].Line($"GET, hits, on {OnGarnet}, against {OnRedis}", gets[OnRedis]));
        run.Report.Add(sets[OnRedis].Line($"POST /set on {OnRedis}, with its process"));
        run.Report.Add(sets[OnGarnet].Line($"POST /set on {OnGarnet}, against {OnRedis}", sets[OnRedis]));
    }
}

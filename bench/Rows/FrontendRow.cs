using CacheDemo.Bench.Figures;
using CacheDemo.Bench.Load;

namespace CacheDemo.Bench.Rows;

/// <summary>Reads through the frontend.</summary>
internal sealed class FrontendRow : BenchRow
{
    private const string Original = "the original, directly",
        Bare = "a bare YARP before the same API",
        One = "as deployed",
        Two = "two instances of the API";

    public override string Name => "frontend";

    public override string Description => "GET /api/get/{key} through the frontend, hits; one and two API instances";

    public override async Task RunAsync(Run run)
    {
        var redis = await run.Servers.RedisAsync();
        await Entries.WriteAsync(redis);
        var original = await run.OriginalAsync(redis);
        var api = await run.Servers.ApiAsync(redis.Endpoint);
        var second = await run.Servers.ApiAsync(redis.Endpoint, name: "second api");
        var proxy = await run.Servers.BareProxyAsync(api);
        var one = await run.Servers.FrontendAsync("frontend", api);
        var two = await run.Servers.FrontendAsync("frontend of two", api, second);

        const string Get = $"/api/get/{Entries.Key}";
        var measured = await Rounds.RunAsync(
            run,
            Name,
            Contender.At(Original, original, $"/get/{Entries.Key}"),
            new Contender(Bare, proxy.Url(Get), proxy.Process, api.Process) { Contains = Entries.Value },
            new Contender(One, one.Url(Get), one.Process, api.Process) { Contains = Entries.Value },
            new Contender(Two, two.Url(Get), two.Process, api.Process, second.Process) { Contains = Entries.Value });

        void Add(string name, string peer, Bar? rate = null, Bar? p99 = null) => run.Report.Add(
            measured[name].Line(
                $"through the frontend: {name}, against {peer}",
                measured.GetValueOrDefault(peer),
                rate,
                p99));
        run.Report.Add(measured[Bare].Line($"through {Bare}"));
        Add(One, Bare, Bar.AtLeast(0.95), Bar.AtMost(1));
        Add(One, Original, Bar.AtLeast(1.2));
        Add(Two, One);
    }
}

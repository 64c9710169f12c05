using System.Diagnostics;
using CacheDemo.Bench.Figures;
using CacheDemo.Bench.Processes;

namespace CacheDemo.Bench.Rows;

/// <summary>How long a start takes: of each process as published, and of the whole system.</summary>
internal sealed class StartRow : BenchRow
{
    public override string Name => "start";

    public override string Description => "from the start to the first healthy answer; dotnet run to a healthy page";

    public override IReadOnlyList<string> Needs => [Tool.Redis];

    public override async Task RunAsync(Run run)
    {
        await run.Servers.DisposeAsync();
        foreach (var (_, project) in Services.All)
            await run.Published.FolderAsync(project, run.Stop);

        var times = Services.All.ToDictionary(service => service.Name, _ => new List<double>());
        for (var round = 1; round <= run.Options.Rounds; round++)
        {
            await using var servers = run.OwnServers();
            var redis = await servers.RedisAsync();
            await servers.SinkAsync();
            Server? api = null;
            await TimeAsync(Services.All[0].Name, async () => api = await servers.ApiAsync(redis.Endpoint));
            await TimeAsync(Services.All[1].Name, () => servers.FrontendAsync("frontend", api!));
            await TimeAsync(Services.All[2].Name, servers.GarnetAsync);

            async Task TimeAsync(string name, Func<Task> start)
            {
                var started = Stopwatch.StartNew();
                await start();
                times[name].Add(started.Elapsed.TotalSeconds);
                run.Progress(
                    $"{Name}: round {round} of {run.Options.Rounds}, {name}: "
                        + $"{Text.Number(started.Elapsed.TotalSeconds, "0.00")} s");
            }
        }

        foreach (var (name, rounds) in times)
            Add(run, $"start: {name}, as published", new(rounds), null);
        if (run.Options.Quick)
            run.Report.LeaveOut("start of the whole system is not part of --quick");
        else
            await StartAllAsync(run);
    }

    private async Task StartAllAsync(Run run)
    {
        run.Progress($"{Name}: builds the AppHost");
        await AppHost.BuildAsync(run.Stop);
        await AppHost.StartAsync(run.Stop); // warm-up: files are read for the first time
        List<double> rounds = [];
        for (var round = 1; round <= run.Options.Rounds; round++)
        {
            var seconds = (await AppHost.StartAsync(run.Stop)).TotalSeconds;
            rounds.Add(seconds);
            run.Progress(
                $"{Name}: round {round} of {run.Options.Rounds}, the whole system: {Text.Number(seconds, "0.00")} s");
        }

        Add(
            run,
            "start: dotnet run --no-build to a healthy page, embedded, with dashboard",
            new(rounds),
            Bar.AtMost(6));
    }

    private static void Add(Run run, string what, Series seconds, Bar? bar) => run.Report.Add(new Line(what)
    {
        P50 = Text.WithSpread(seconds, "0.00", "s"),
        Bar = bar is null ? "" : $"{bar} s",
        Verdict = Text.Of(bar?.Judge(seconds) ?? Verdict.Stated),
    });
}

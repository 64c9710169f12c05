using System.Diagnostics;
using CacheDemo.Bench.Figures;
using CacheDemo.Bench.Load;
using CacheDemo.Bench.Processes;

namespace CacheDemo.Bench.Rows;

/// <summary>What each process uses while nothing is asked.</summary>
internal sealed class IdleRow : BenchRow
{
    private static readonly Bar Cpu = Bar.AtMost(0.5), Commands = Bar.AtMost(5), Memory = Bar.AtMost(100);

    public override string Name => "idle";

    public override string Description => "CPU, memory and commands at Redis without keys, requests and viewers";

    public override IReadOnlyList<string> Needs => [Tool.Redis];

    public override async Task RunAsync(Run run)
    {
        // None of them may share the machine with what the rows before have started.
        await run.Servers.DisposeAsync();
        await using (var servers = run.OwnServers())
        {
            var redis = await servers.RedisAsync();
            var garnet = await servers.GarnetAsync();
            var api = await servers.ApiAsync(redis.Endpoint);
            var frontend = await servers.FrontendAsync("frontend", api);
            var figures = await WatchAsync(run, "one Redis", [api, frontend, garnet], [redis]);
            run.Report.Add(Line("the API", figures[0], figures[^1]));
            run.Report.Add(Line("the frontend", figures[1]));
            run.Report.Add(Line("the embedded server", figures[2]));
        }

        await using (var servers = run.OwnServers())
        {
            var nodes = await RedisCluster.StartAsync(servers, run.Stop);
            var api = await servers.ApiAsync(nodes[0].Endpoint);
            var figures = await WatchAsync(run, "a cluster", [api], nodes);
            run.Report.Add(Line("the API on a cluster of three, at the busiest node", figures[0], figures[^1]));
        }
    }

    private static Line Line(string what, Watched process, Watched? redis = null)
    {
        List<(string Name, Verdict Verdict)> verdicts = [("memory", Memory.Judge(process.Memory, fewest: 1))];
        if (redis is not null)
        {
            verdicts.Add(("CPU", Cpu.Judge(process.Cpu)));
            verdicts.Add(("commands", Commands.Judge(redis.Commands)));
        }

        return new Line($"idle: {what}")
        {
            Rate = redis is null ? "" : Text.WithSpread(redis.Commands, "0.0", "commands/s"),
            Cpu = Text.WithSpread(process.Cpu, "0.00", "% of a core"),
            Memory = Text.Of(process.Memory, "0", "MB"),
            Bar = redis is null ? $"memory {Memory} MB" : $"CPU {Cpu} %; commands {Commands}; memory {Memory} MB",
            Verdict = Text.Of(verdicts),
        };
    }

    // One figure for each process, and one for the busiest Redis.
    private static async Task<IReadOnlyList<Watched>> WatchAsync(
        Run run,
        string where,
        IReadOnlyList<Server> processes,
        IReadOnlyList<Server> redis)
    {
        // Until then the runtime compiles again what the timers call; that is over after a few minutes.
        var (settle, window) = run.Options.Quick ? (3, 3) : (120, 30);
        run.Progress($"idle, {where}: waits {settle} s, and watches {run.Options.Rounds} x {window} s");
        await Task.Delay(TimeSpan.FromSeconds(settle), run.Stop);

        var cpu = processes.Select(_ => new List<double>()).ToArray();
        List<double> commands = [];
        for (var round = 0; round < run.Options.Rounds; round++)
        {
            var started = Stopwatch.StartNew();
            var before = processes.Select(process => process.Process.CpuSeconds).ToArray();
            var counted = await CommandsAsync(redis);
            await Task.Delay(TimeSpan.FromSeconds(window), run.Stop);
            commands.Add(
                (await CommandsAsync(redis)).Zip(counted, (now, then) => now - then - 1).Max()
                    / started.Elapsed.TotalSeconds);
            for (var i = 0; i < processes.Count; i++)
                cpu[i].Add((processes[i].Process.CpuSeconds - before[i]) / started.Elapsed.TotalSeconds * 100);
        }

        return
        [
            .. processes.Select((process, i) =>
                new Watched(new(cpu[i]), new(process.Process.Memory / 1e6), new(double.NaN))),
            new(new(double.NaN), new(double.NaN), new(commands)),
        ];
    }

    private static Task<long[]> CommandsAsync(IReadOnlyList<Server> redis) =>
        Task.WhenAll(redis.Select(node => RedisInfo.NumberAsync(node, "total_commands_processed")));

    private sealed record Watched(Series Cpu, Series Memory, Series Commands);
}

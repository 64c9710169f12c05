using CacheDemo.Bench.Faults;
using CacheDemo.Bench.Figures;
using CacheDemo.Bench.Processes;

namespace CacheDemo.Bench.Rows;

/// <summary>Redis killed under load.</summary>
internal sealed class FaultsRow : BenchRow
{
    public override string Name => "faults";

    public override string Description => "Redis is killed under load and comes back: what clients see";

    public override IReadOnlyList<string> Needs => [Tool.Redis];

    public override async Task RunAsync(Run run)
    {
        var figures = await new FaultRun(run).RunAsync();
        Console.WriteLine($"{figures.Written} sets were answered 200; {figures.Lost} of them are not in Redis.");
        if (figures.Ended)
            Console.WriteLine("A service ended.");

        var failed = figures is { Lost: > 0 } or { Unexpected: > 0 } or { Ended: true };
        if (failed)
            run.Report.Error(
                $"{Name}: {figures.Lost} sets lost, {figures.Unexpected} answers other than 200, 404 and 503"
                    + (figures.Ended ? ", a service ended" : ""));
        var met = !failed
            && figures.Slowest < TimeSpan.FromSeconds(1)
            && figures.SlowestRecovery < TimeSpan.FromSeconds(2);
        Console.WriteLine(
            met
                ? "Met: no request over 1 s, no answer but 200, 404 and 503, serving again within 2 s, nothing lost."
                : "NOT met.");

        run.Report.Add(new Line(
            $"Redis killed under load for {run.Options.FaultSeconds} s, {run.Options.FaultRounds} times")
        {
            P99 = $"{Text.Number(figures.Slowest.TotalMilliseconds, "0")} ms at most",
            Ratio = $"back after {Text.Number(figures.SlowestRecovery.TotalSeconds, "0.00")} s at most, "
                + $"{figures.Lost} of {figures.Written} sets lost",
            Bar = "no request over 1 s; back < 2 s; no 500",
            Verdict = Text.Of(met ? Verdict.Met : Verdict.NotMet),
        });
    }
}

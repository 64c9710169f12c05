using System.Diagnostics;
using CacheDemo.Bench.Figures;
using CacheDemo.Bench.Processes;
using CacheDemo.Bench.Rows;

namespace CacheDemo.Bench;

/// <summary>Measures the rows one after another, and prints the table.</summary>
internal static class Benchmark
{
    /// <summary>Returns 0 where every row was finished without errors, whatever the figures are.</summary>
    public static async Task<int> RunAsync(BenchOptions options, CancellationToken stop)
    {
        var rows = RowSelection.Of(AllRows.List, options.Only, options.Quick);
        var started = Stopwatch.StartNew();
        void Progress(string what) => Console.WriteLine($"{started.Elapsed:mm\\:ss} {what}");

        var report = new Report();
        foreach (var row in AllRows.List.Except(rows).Where(_ => options.Only.Count == 0))
            report.LeaveOut($"{row.Name} is not part of --quick");

        using var published = new Published(options.Configuration, Progress);
        await using (var servers = new Servers(published, stop))
        {
            var run = new Run(options, report, published, servers, Progress, stop);
            foreach (var row in rows)
            {
                string[] missing = [.. row.Needs.Where(tool => !run.Has(tool))];
                if (missing.Length > 0)
                    report.LeaveOut($"{row.Name} needs {string.Join(" and ", missing)}");
                else
                    await MeasureAsync(row, run);
            }
        }

        var file = ResultFile.Write(options, report);
        Console.WriteLine();
        Console.WriteLine(Table.Of(report.Lines));
        foreach (var what in report.LeftOut)
            Console.WriteLine($"Left out: {what}.");
        foreach (var error in report.Errors)
            Console.WriteLine($"Error: {error}.");
        Console.WriteLine($"{started.Elapsed:mm\\:ss} {file}");
        return report.Errors.Count == 0 ? 0 : 1;
    }

    private static async Task MeasureAsync(BenchRow row, Run run)
    {
        run.Progress($"{row.Name}: {row.Description}");
        try
        {
            await row.RunAsync(run);
        }
        catch (Exception e) when (!run.Stop.IsCancellationRequested)
        {
            run.Report.Error($"{row.Name} was not finished: {e.Message}");
            run.Progress($"{row.Name} was not finished: {(e is BenchException ? e.Message : e)}");
        }
    }
}

using CacheDemo.Bench.Figures;

namespace CacheDemo.Bench.Rows;

/// <summary>The size of what is published.</summary>
internal sealed class DiskRow : BenchRow
{
    public override string Name => "disk";

    public override string Description => "size on disk of each process as published, without the .NET runtime";

    public override IReadOnlyList<string> Needs => [];

    public override async Task RunAsync(Run run)
    {
        foreach (var (name, project) in Services.All)
        {
            var folder = new DirectoryInfo(await run.Published.FolderAsync(project, run.Stop));
            var bytes = folder.EnumerateFiles("*", SearchOption.AllDirectories).Sum(file => file.Length);
            run.Report.Add(new Line($"on disk: {name}")
            {
                Memory = Text.Of(new Series(bytes / 1e6), "0.0", "MB"),
                Verdict = Text.Of(Verdict.Stated),
            });
        }
    }
}

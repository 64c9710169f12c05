using CacheDemo.Bench.Figures;

namespace CacheDemo.Bench;

/// <summary>The table as a Markdown file, with what it was measured on.</summary>
internal static class ResultFile
{
    /// <summary>Writes it and returns its path.</summary>
    public static string Write(BenchOptions options, Report report)
    {
        var now = DateTime.Now;
        var rows = options.Only.Count > 0 ? string.Join('-', options.Only) : options.Quick ? "quick" : "all";
        var file = Path.Combine(options.Results, $"{now:yyyy-MM-dd}-{now:HHmm}-{rows}.md");
        Directory.CreateDirectory(options.Results);
        File.WriteAllText(
            file,
            $"""
            # {now:d MMMM yyyy, HH:mm}

            Rounds: {options.Rounds} of {options.Seconds} s, after {options.WarmUpSeconds} s of warm-up. How to read it:
            [bench/README.md](../README.md).

            {List(Machine.Facts)}
            {Table.Of(report.Lines)}
            {List(report.LeftOut.Select(what => $"Left out: {what}."))}
            {List(report.Errors.Select(error => $"Error: {error}."))}
            """.TrimEnd() + "\n");
        return file;
    }

    private static string List(IEnumerable<string> items) => string.Concat(items.Select(item => $"- {item}\n"));
}

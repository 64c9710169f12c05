using System.Text;

namespace CacheDemo.Bench.Figures;

/// <summary>Lines as a table of Markdown, aligned for the console.</summary>
internal static class Table
{
    private static readonly (string Title, Func<Line, string> Cell)[] Columns =
    [
        ("what", line => line.What),
        ("requests/s", line => line.Rate),
        ("p50", line => line.P50),
        ("p99", line => line.P99),
        ("CPU s per 100,000", line => line.Cpu),
        ("memory", line => line.Memory),
        ("ratio to its peer", line => line.Ratio),
        ("bar", line => line.Bar),
        ("verdict", line => line.Verdict),
    ];

    /// <summary>The table.</summary>
    public static string Of(IReadOnlyCollection<Line> lines)
    {
        int[] widths =
        [
            .. Columns.Select(column => lines.Select(column.Cell).Append(column.Title).Max(cell => cell.Length)),
        ];
        var table = new StringBuilder();
        Append(table, Columns.Select((column, i) => column.Title.PadRight(widths[i])));
        Append(table, widths.Select(width => new string('-', width)));
        foreach (var line in lines)
            Append(table, Columns.Select((column, i) => column.Cell(line).PadRight(widths[i])));
        return table.ToString();
    }

    private static void Append(StringBuilder table, IEnumerable<string> cells) =>
        table.Append("| ").AppendJoin(" | ", cells).Append(" |\n");
}

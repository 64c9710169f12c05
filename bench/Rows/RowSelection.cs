namespace CacheDemo.Bench.Rows;

/// <summary>Which rows a run has.</summary>
internal static class RowSelection
{
    /// <summary>Those that are named, or all; in their own order.</summary>
    /// <exception cref="BenchException">A name is not that of a row.</exception>
    public static IReadOnlyList<BenchRow> Of(IReadOnlyList<BenchRow> rows, IReadOnlyList<string> only, bool quick)
    {
        if (only.FirstOrDefault(name => rows.All(row => row.Name != name)) is { } unknown)
        {
            throw new BenchException(
                $"--only {unknown} is not one of {string.Join(", ", rows.Select(row => row.Name))}.");
        }

        return only.Count > 0
            ? [.. rows.Where(row => only.Contains(row.Name))]
            : [.. rows.Where(row => row.IsQuick || !quick)];
    }
}

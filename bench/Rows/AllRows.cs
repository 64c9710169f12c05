namespace CacheDemo.Bench.Rows;

/// <summary>The rows, in the order of the table.</summary>
internal static class AllRows
{
    /// <summary>All of them.</summary>
    public static IReadOnlyList<BenchRow> List { get; } =
    [
        new GetRow(),
        new MissRow(),
        new SetRow(),
        new FrontendRow(),
        new SizeRow(),
        new ConnectionsRow(),
        new EngineRow(),
        new KeysRow(),
        new ViewerRow(),
        new TrackedRow(),
        new ExpiriesRow(),
        new IdleRow(),
        new StartRow(),
        new DiskRow(),
        new FaultsRow(),
    ];
}

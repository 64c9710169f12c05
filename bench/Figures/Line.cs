namespace CacheDemo.Bench.Figures;

/// <summary>A line of the table; a cell that does not apply is empty.</summary>
/// <param name="What">What was measured.</param>
internal sealed record Line(string What)
{
    /// <summary>Requests a second.</summary>
    public string Rate { get; init; } = "";

    /// <summary>The median of the latencies, or another time.</summary>
    public string P50 { get; init; } = "";

    /// <summary>The latency that 99 of 100 requests stay below.</summary>
    public string P99 { get; init; } = "";

    /// <summary>CPU seconds of the server's processes for 100,000 requests.</summary>
    public string Cpu { get; init; } = "";

    /// <summary>Memory of the server's processes, or disk space.</summary>
    public string Memory { get; init; } = "";

    /// <summary>The ratio to the peer.</summary>
    public string Ratio { get; init; } = "";

    /// <summary>What the design asks for.</summary>
    public string Bar { get; init; } = "";

    /// <summary>Whether that is met.</summary>
    public string Verdict { get; init; } = "";
}

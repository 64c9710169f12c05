using CacheDemo.Bench.Figures;

namespace CacheDemo.Bench.Load;

/// <summary>A contender in one round.</summary>
/// <param name="Rate">Requests a second.</param>
/// <param name="P50">In milliseconds.</param>
/// <param name="P99">In milliseconds.</param>
/// <param name="Cpu">CPU seconds of its processes for 100,000 requests.</param>
/// <param name="Memory">Resident memory of its processes after the load, in MB.</param>
/// <param name="Errors">Socket errors and answers with another status than expected.</param>
internal sealed record Sample(double Rate, double P50, double P99, double Cpu, double Memory, long Errors);

/// <summary>A contender in all rounds.</summary>
internal sealed record Measured(string Name, IReadOnlyList<Sample> Rounds)
{
    /// <summary>Requests a second.</summary>
    public Series Rate { get; } = new([.. Rounds.Select(round => round.Rate)]);

    /// <summary>In milliseconds.</summary>
    public Series P50 { get; } = new([.. Rounds.Select(round => round.P50)]);

    /// <summary>In milliseconds.</summary>
    public Series P99 { get; } = new([.. Rounds.Select(round => round.P99)]);

    /// <summary>CPU seconds for 100,000 requests.</summary>
    public Series Cpu { get; } = new([.. Rounds.Select(round => round.Cpu)]);

    /// <summary>In MB.</summary>
    public Series Memory { get; } = new([.. Rounds.Select(round => round.Memory)]);

    /// <summary>The line, without a peer and a bar.</summary>
    public Line Line(string what) => new(what)
    {
        Rate = Text.WithSpread(Rate, "#,0"),
        P50 = Text.Of(P50, "0.00", "ms"),
        P99 = Text.WithSpread(P99, "0.0", "ms"),
        Cpu = Text.Of(Cpu),
        Memory = Text.Of(Memory, "0", "MB"),
    };

    /// <summary>The line with the ratios to a peer; empty ones where the peer is missing on this machine.</summary>
    /// <param name="what">What was measured.</param>
    /// <param name="peer">The peer.</param>
    /// <param name="rate">The bar of the ratio of requests a second.</param>
    /// <param name="p99">The bar of the ratio of the 99th percentiles.</param>
    public Line Line(string what, Measured? peer, Bar? rate = null, Bar? p99 = null)
    {
        List<string> bars = [];
        if (rate is not null)
            bars.Add($"requests/s {rate}");
        if (p99 is not null)
            bars.Add($"p99 {p99}");
        var line = Line(what) with { Bar = string.Join("; ", bars) };
        if (peer is null)
            return line;

        Series rates = Rate.To(peer.Rate), latencies = P99.To(peer.P99);
        List<(string, Verdict)> verdicts = [];
        if (rate is not null)
            verdicts.Add(("requests/s", rate.Judge(rates)));
        if (p99 is not null)
            verdicts.Add(("p99", p99.Judge(latencies)));
        return line with
        {
            Ratio = $"{Text.WithSpread(rates)}; p99 {Text.WithSpread(latencies)}",
            Verdict = Text.Of(verdicts),
        };
    }
}

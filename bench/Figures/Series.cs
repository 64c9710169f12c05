namespace CacheDemo.Bench.Figures;

/// <summary>One figure in each round.</summary>
internal sealed record Series(IReadOnlyList<double> Rounds)
{
    /// <summary>A figure that was taken once.</summary>
    public Series(double once)
        : this([once])
    {
    }

    /// <summary>The middle one of the rounds, or the mean of the two in the middle.</summary>
    public double Median
    {
        get
        {
            double[] sorted = [.. Rounds.Order()];
            var middle = sorted.Length / 2;
            return sorted.Length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
        }
    }

    /// <summary>The lowest of the rounds.</summary>
    public double Lowest => Rounds.Min();

    /// <summary>The highest of the rounds.</summary>
    public double Highest => Rounds.Max();

    /// <summary>
    /// The ratio to the peer in each round: the two were measured within seconds, so that a machine that becomes slower
    /// or faster during the run changes both.
    /// </summary>
    public Series To(Series peer) => new([.. Rounds.Zip(peer.Rounds, (own, others) => own / others)]);
}

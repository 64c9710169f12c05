namespace CacheDemo.Api.Lab;

/// <summary>
/// Counts durations in classes, each ten percent longer than the one before; several can be added up.
/// </summary>
internal sealed class LatencyHistogram
{
    private const double Shortest = 0.01, Growth = 1.1;

    /// <summary>The last class is of 20 seconds and more.</summary>
    private const int Classes = 153;

    private readonly long[] _counts = new long[Classes];

    /// <summary>The counts of the classes.</summary>
    public IReadOnlyList<long> Counts => _counts;

    /// <summary>How many durations it has counted.</summary>
    public long Count => _counts.Sum();

    /// <summary>Counts a duration; several threads may do so at once.</summary>
    public void Add(double milliseconds)
    {
        var index = milliseconds <= Shortest ? 0 : (int)Math.Ceiling(Math.Log(milliseconds / Shortest, Growth));
        Interlocked.Increment(ref _counts[Math.Min(index, Classes - 1)]);
    }

    /// <summary>Adds counts of another.</summary>
    public void Add(IReadOnlyList<long> counts)
    {
        for (var i = 0; i < Math.Min(counts.Count, Classes); i++)
            _counts[i] += counts[i];
    }

    /// <summary>
    /// So many milliseconds the given share took at most, ten percent too much at the most; null where there are none.
    /// </summary>
    public double? Quantile(double share)
    {
        var left = (long)Math.Ceiling(Count * share);
        if (left == 0)
            return null;
        var index = 0;
        while ((left -= _counts[index]) > 0)
            index++;
        return Shortest * Math.Pow(Growth, index);
    }
}

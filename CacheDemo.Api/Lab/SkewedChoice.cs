namespace CacheDemo.Api.Lab;

/// <summary>Chooses products by a Zipf distribution: the n-th 1/n^skew times as often as the first.</summary>
internal sealed class SkewedChoice
{
    private readonly double[] _upTo;

    /// <param name="count">How many products there are.</param>
    /// <param name="skew">0: all as often.</param>
    public SkewedChoice(int count, double skew)
    {
        _upTo = new double[count];
        var sum = 0.0;
        for (var i = 0; i < count; i++)
            _upTo[i] = sum += 1 / Math.Pow(i + 1, skew);
    }

    /// <summary>Chooses one, from 1.</summary>
    /// <param name="random">From 0 to less than 1.</param>
    public int Choose(double random)
    {
        var found = Array.BinarySearch(_upTo, random * _upTo[^1]);
        return Math.Min(found < 0 ? ~found : found + 1, _upTo.Length - 1) + 1;
    }
}

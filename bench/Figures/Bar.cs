using System.Globalization;

namespace CacheDemo.Bench.Figures;

/// <summary>Whether a bar is met.</summary>
internal enum Verdict
{
    /// <summary>There is no bar: the figure is stated.</summary>
    Stated,

    /// <summary>Met, in every round.</summary>
    Met,

    /// <summary>Not met, in no round.</summary>
    NotMet,

    /// <summary>The rounds are on both sides of the bar, or too few.</summary>
    Undecided,
}

/// <summary>What a figure should be.</summary>
/// <param name="Limit">The limit.</param>
/// <param name="IsLowest">Whether it is the lowest value that is good enough; otherwise it is the highest.</param>
internal sealed record Bar(double Limit, bool IsLowest)
{
    /// <summary>How many rounds decide.</summary>
    public const int Rounds = 5;

    /// <summary>The figure should be this or more.</summary>
    public static Bar AtLeast(double limit) => new(limit, IsLowest: true);

    /// <summary>The figure should be this or less.</summary>
    public static Bar AtMost(double limit) => new(limit, IsLowest: false);

    /// <summary>
    /// Compares the median with the limit. The verdict is undecided where the spread of the rounds is wider than the
    /// distance of the median to the limit, that is, where a round is on the other side.
    /// </summary>
    /// <param name="figure">The figure in each round.</param>
    /// <param name="fewest">Fewer rounds than this decide nothing.</param>
    public Verdict Judge(Series figure, int fewest = Rounds)
    {
        if (figure.Rounds.Count < fewest)
            return Verdict.Undecided;
        var met = figure.Rounds.Count(IsMet);
        return met == figure.Rounds.Count ? Verdict.Met
            : met == 0 ? Verdict.NotMet
            : Verdict.Undecided;
    }

    /// <summary>As in <c>>= 3.5</c>.</summary>
    public override string ToString() =>
        string.Create(CultureInfo.InvariantCulture, $"{(IsLowest ? ">=" : "<=")} {Limit:0.##}");

    private bool IsMet(double value) => IsLowest ? value >= Limit : value <= Limit;
}

using System.Globalization;

namespace CacheDemo.Bench.Figures;

/// <summary>Figures as text: the median, and the lowest and highest round where there are several.</summary>
internal static class Text
{
    /// <summary>The verdict's words.</summary>
    public static string Of(Verdict verdict) => verdict switch
    {
        Verdict.Met => "met",
        Verdict.NotMet => "not met",
        Verdict.Undecided => "undecided",
        _ => "stated",
    };

    /// <summary>One verdict on several bars; names those that are not met, or else those that are undecided.</summary>
    public static string Of(IReadOnlyCollection<(string Name, Verdict Verdict)> bars)
    {
        foreach (var verdict in new[] { Verdict.NotMet, Verdict.Undecided, Verdict.Met })
        {
            string[] names = [.. bars.Where(bar => bar.Verdict == verdict).Select(bar => bar.Name)];
            if (names.Length > 0)
                return names.Length == bars.Count ? Of(verdict) : $"{Of(verdict)} ({string.Join(", ", names)})";
        }

        return Of(Verdict.Stated);
    }

    /// <summary>The median, with the spread in brackets.</summary>
    public static string WithSpread(Series figure, string format = "0.00", string unit = "") =>
        figure.Rounds.Count == 1
            ? Of(figure, format, unit)
            : $"{Of(figure, format, unit)} ({Number(figure.Lowest, format)} to {Number(figure.Highest, format)})";

    /// <summary>The median.</summary>
    public static string Of(Series figure, string format = "0.00", string unit = "") =>
        $"{Number(figure.Median, format)}{(unit is "" ? "" : $" {unit}")}";

    /// <summary>A number as it is written everywhere.</summary>
    public static string Number(double value, string format) => value.ToString(format, CultureInfo.InvariantCulture);
}

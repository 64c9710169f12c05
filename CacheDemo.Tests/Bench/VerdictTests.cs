using CacheDemo.Bench.Figures;
using CacheDemo.Bench.Load;

namespace CacheDemo.Tests.Bench;

/// <summary>Whether a figure meets its bar.</summary>
public class VerdictTests
{
    [Theory]
    [InlineData(nameof(Verdict.Met), new[] { 1.1, 1.2, 1.3, 1.4, 1.0 })]
    [InlineData(nameof(Verdict.NotMet), new[] { 0.9, 0.8, 0.99, 0.7, 0.6 })]
    [InlineData(nameof(Verdict.Undecided), new[] { 1.1, 1.2, 1.3, 1.4, 0.99 })]
    [InlineData(nameof(Verdict.Undecided), new[] { 1.5, 1.5, 1.5, 1.5 })]
    public void At_least_1_is_decided_where_all_of_five_rounds_are_on_one_side(string verdict, double[] rounds) =>
        Assert.Equal(verdict, $"{Bar.AtLeast(1).Judge(new(rounds))}");

    [Theory]
    [InlineData(nameof(Verdict.Met), new[] { 0.9, 0.8, 1.0, 0.7, 0.6 })]
    [InlineData(nameof(Verdict.NotMet), new[] { 1.1, 1.2, 1.3, 1.4, 1.01 })]
    [InlineData(nameof(Verdict.Undecided), new[] { 0.9, 0.8, 1.1, 0.7, 0.6 })]
    public void At_most_1_is_the_same_from_the_other_side(string verdict, double[] rounds) =>
        Assert.Equal(verdict, $"{Bar.AtMost(1).Judge(new(rounds))}");

    [Fact]
    public void A_figure_that_is_taken_once_can_be_decided_by_one_round() =>
        Assert.Equal(Verdict.Met, Bar.AtMost(64).Judge(new(63), fewest: 1));

    [Fact]
    public void A_line_names_the_bar_that_is_not_met_and_otherwise_the_one_that_is_undecided()
    {
        Assert.Equal("met", Text.Of([("rate", Verdict.Met), ("p99", Verdict.Met)]));
        Assert.Equal("not met (p99)", Text.Of([("rate", Verdict.Undecided), ("p99", Verdict.NotMet)]));
        Assert.Equal("undecided (rate)", Text.Of([("rate", Verdict.Undecided), ("p99", Verdict.Met)]));
        Assert.Equal("stated", Text.Of([]));
    }

    [Fact]
    public void A_line_compares_the_requests_and_the_latency_of_each_round_with_those_of_the_peer()
    {
        var own = Measured("own", 200, 1);
        var line = own.Line("gets", Measured("peer", 100, 2), Bar.AtLeast(3), Bar.AtMost(1));

        Assert.Equal("2.00 (2.00 to 2.00); p99 0.50 (0.50 to 0.50)", line.Ratio);
        Assert.Equal("requests/s >= 3; p99 <= 1", line.Bar);
        Assert.Equal("not met (requests/s)", line.Verdict);
    }

    [Fact]
    public void A_line_whose_peer_is_missing_on_the_machine_has_figures_and_no_verdict()
    {
        var line = Measured("own", 200, 1).Line("gets", null, Bar.AtLeast(3));

        Assert.Equal("200 (200 to 200)", line.Rate);
        Assert.Equal(("", ""), (line.Ratio, line.Verdict));
    }

    private static Measured Measured(string name, double rate, double p99) => new(
        name,
        [.. Enumerable.Repeat(new Sample(rate, P50: 0.5, p99, Cpu: 1, Memory: 1, Errors: 0), Bar.Rounds)]);
}

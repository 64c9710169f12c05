using CacheDemo.Bench.Figures;

namespace CacheDemo.Tests.Bench;

/// <summary>A figure in several rounds.</summary>
public class SeriesTests
{
    [Theory]
    [InlineData(3, new[] { 9.0, 1, 3 })]
    [InlineData(2.5, new[] { 9.0, 1, 3, 2 })]
    [InlineData(7, new[] { 7.0 })]
    public void The_median_is_the_middle_of_the_rounds_in_any_order(double median, double[] rounds) =>
        Assert.Equal(median, new Series(rounds).Median);

    [Fact]
    public void The_spread_is_from_the_lowest_to_the_highest_round()
    {
        var series = new Series([9, 1, 3]);

        Assert.Equal((1, 9), (series.Lowest, series.Highest));
        Assert.Equal("3.00 ms (1.00 to 9.00)", Text.WithSpread(series, "0.00", "ms"));
        Assert.Equal("7", Text.WithSpread(new(7), "0"));
    }

    [Fact]
    public void A_ratio_is_taken_in_each_round_so_that_a_machine_that_slows_down_does_not_change_it()
    {
        var ratio = new Series([100, 50, 10]).To(new Series([50, 25, 5]));

        Assert.Equal([2, 2, 2], ratio.Rounds);
    }
}

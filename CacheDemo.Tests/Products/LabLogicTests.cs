using CacheDemo.Api.Lab;

namespace CacheDemo.Tests.Products;

/// <summary>The arithmetic of the experiments.</summary>
public class LabLogicTests
{
    [Theory]
    [InlineData(100, "a b c", "34 33 33")]
    [InlineData(2, "a b c", "1 1")]
    [InlineData(6, "c b a", "2 2 2")]
    [InlineData(1, "a", "1")]
    public void Readers_are_divided_among_instances_as_equally_as_it_goes(
        int readers, string instances, string shares) =>
        Assert.Equal(shares, string.Join(' ', Stampede.Shares(readers, instances.Split(' ')).Values));

    [Fact]
    public void A_quantile_of_latencies_is_at_most_ten_percent_too_long()
    {
        var histogram = new LatencyHistogram();
        Assert.Null(histogram.Quantile(0.5));
        foreach (var milliseconds in Enumerable.Range(1, 1_000))
            histogram.Add(milliseconds);

        Assert.InRange(histogram.Quantile(0.5)!.Value, 500, 550);
        Assert.InRange(histogram.Quantile(0.99)!.Value, 990, 1_089);
        histogram.Add(1e9);
        Assert.InRange(histogram.Quantile(1)!.Value, 18_000, 25_000);
    }

    [Fact]
    public void Histograms_of_several_instances_add_up()
    {
        var (one, other) = (new LatencyHistogram(), new LatencyHistogram());
        one.Add(1);
        other.Add(100);
        one.Add(other.Counts);
        Assert.Equal(2, one.Count);
        Assert.InRange(one.Quantile(1)!.Value, 100, 110);
    }

    [Fact]
    public void Without_skew_every_product_is_chosen_as_often_and_with_it_the_first_most()
    {
        int Times(double skew, int product)
        {
            var choice = new SkewedChoice(10, skew);
            return Enumerable.Range(0, 10_000).Count(i => choice.Choose(i / 10_000.0) == product);
        }

        Assert.InRange(Times(0, 1), 990, 1_010);
        Assert.InRange(Times(0, 10), 990, 1_010);
        Assert.InRange(Times(1, 1), 3_300, 3_500); // 1 / (1 + 1/2 + … + 1/10)
        Assert.InRange(Times(1, 2), 1_650, 1_750);
    }
}

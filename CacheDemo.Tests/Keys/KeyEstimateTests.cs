using CacheDemo.Api.Keys;

namespace CacheDemo.Tests.Keys;

/// <summary>How many keys match, estimated from a part of them.</summary>
public class KeyEstimateTests
{
    [Fact]
    public void Where_all_keys_were_scanned_it_is_their_number() =>
        Assert.Equal(12_345, KeyEstimate.Of([new(12_000, 13, null), new(345, 1, null)], primaries: 2));

    [Fact]
    public void Where_none_of_all_keys_match_it_is_0() =>
        Assert.Equal(0, KeyEstimate.Of([new(0, 1, null)], primaries: 1));

    [Theory]
    [InlineData(12_500, 25, 2_000_000, 1_000_000)]
    [InlineData(12_345, 25, 2_000_000, 990_000)]
    [InlineData(25_100, 25, 1_000_000, 1_000_000)]
    [InlineData(3, 25, 26_000, 3)]
    [InlineData(1, 25, 1_000_000, 40)]
    public void Where_a_part_was_scanned_it_is_that_share_of_all_with_two_digits(
        int matched, int scans, long size, long expected) =>
        Assert.Equal(expected, KeyEstimate.Of([new(matched, scans, size)], primaries: 1));

    [Fact]
    public void Of_a_cluster_it_is_the_sum_of_what_each_primary_has() => Assert.Equal(
        16_000, KeyEstimate.Of([new(5_000, 10, 20_000), new(1_500, 10, 40_000), new(400, 5, null)], primaries: 3));

    [Fact]
    public void Primaries_that_were_not_scanned_are_taken_to_be_like_the_others() =>
        Assert.Equal(40_000, KeyEstimate.Of([new(500, 1, 20_000), new(500, 1, 20_000)], primaries: 4));

    [Fact]
    public void Where_none_of_a_part_match_it_is_unknown() =>
        Assert.Null(KeyEstimate.Of([new(0, 25, 1_000_000)], primaries: 1));
}

using CacheDemo.Bench;
using CacheDemo.Bench.Rows;

namespace CacheDemo.Tests.Bench;

/// <summary>Which rows a benchmark has.</summary>
public class RowSelectionTests
{
    [Fact]
    public void Every_row_has_a_name_of_its_own() =>
        Assert.Equal(AllRows.List.Count, AllRows.List.DistinctBy(row => row.Name).Count());

    [Fact]
    public void All_rows_are_measured_unless_some_are_named() => Assert.Equal(AllRows.List, Selected([], quick: false));

    [Fact]
    public void Named_rows_are_measured_in_the_order_of_the_table() =>
        Assert.Equal(["get", "set"], Selected(["set", "get"], quick: false).Select(row => row.Name));

    [Fact]
    public void A_quick_run_leaves_out_what_takes_long_unless_it_is_named()
    {
        Assert.DoesNotContain(Selected([], quick: true), row => row.Name == "tracked");
        Assert.Equal(["tracked"], Selected(["tracked"], quick: true).Select(row => row.Name));
    }

    [Fact]
    public void An_unknown_name_is_answered_with_the_known_ones()
    {
        var problem = Assert.Throws<BenchException>(() => Selected(["gets"], quick: false));
        Assert.StartsWith("--only gets is not one of get, miss, set, ", problem.Message);
    }

    private static IReadOnlyList<BenchRow> Selected(string[] only, bool quick) =>
        RowSelection.Of(AllRows.List, only, quick);
}

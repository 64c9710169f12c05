using CacheDemo.Bench.Load;

namespace CacheDemo.Tests.Bench;

/// <summary>The figures that load.lua makes wrk print.</summary>
public class WrkFiguresTests
{
    private const string Errors = """
        "connect":1,"read":2,"write":3,"timeout":4,"status":5
        """;

    private const string Output = $$"""
        Running 5s test @ http://127.0.0.1:41077/get/bench
          1 threads and 32 connections
          Thread Stats   Avg      Stdev     Max   +/- Stdev
            Latency     0.86ms    1.02ms  21.50ms   93.11%
            Req/Sec    45.20k     2.11k   48.90k    71.43%
          225000 requests in 5.00s, 41.20MB read
        Requests/sec:  45000.00
        Transfer/sec:      8.24MB
        figures {"requests":225000,"microseconds":5000000,"p50":520,"p99":2900,"longest":21500,{{Errors}}}
        """;

    [Fact]
    public void The_rate_and_the_latencies_are_those_of_the_line_after_wrks_own_summary()
    {
        var figures = WrkFigures.Parse(Output);

        Assert.Equal(45_000, figures.Rate);
        Assert.Equal((520, 2900), (figures.P50, figures.P99));
    }

    [Fact]
    public void Socket_errors_and_unexpected_statuses_are_errors() =>
        Assert.Equal(1 + 2 + 3 + 4 + 5, WrkFigures.Parse(Output).Errors(expectsMisses: false));

    [Fact]
    public void Where_misses_are_expected_every_other_status_is_an_error() =>
        Assert.Equal(1 + 2 + 3 + 4 + 224_995, WrkFigures.Parse(Output).Errors(expectsMisses: true));

    [Fact]
    public void Without_figures_the_error_has_what_wrk_printed()
    {
        var problem = Assert.Throws<FormatException>(() =>
            WrkFigures.Parse("unable to connect to 127.0.0.1:1 Connection refused\n"));
        Assert.Contains("Connection refused", problem.Message);
    }
}

using CacheDemo.Tests.Support;

namespace CacheDemo.Tests.Redis;

/// <summary>The fault run of docs/breaking.md, shorter.</summary>
public class FaultRunTests
{
    [Fact]
    public async Task Redis_is_killed_under_load_and_no_request_waits_nothing_is_lost_and_it_serves_again_soon()
    {
        Tools.Require("REDIS_SERVER", "redis-server");
        await using var run = CommandLine.Start(
            Path.Combine(AppContext.BaseDirectory, "CacheDemo.Bench.dll"),
            "--only",
            "faults",
            "--fault-rounds",
            "1",
            "--fault-seconds",
            "3",
            // Built already.
            "--configuration",
            "Debug",
            "--results",
            Path.Combine(Path.GetTempPath(), "cachedemo-bench-results"));
        var exitCode = await run.ExitAsync(TimeSpan.FromMinutes(5));
        TestContext.Current.SendDiagnosticMessage(run.Output);

        Assert.True(exitCode == 0, run.Output);
        Assert.Contains(" x 503 |", run.Output);
        Assert.Contains(
            "Met: no request over 1 s, no answer but 200, 404 and 503, serving again within 2 s, nothing lost.",
            run.Output);
    }
}

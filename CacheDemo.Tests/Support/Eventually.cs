using System.Diagnostics;

namespace CacheDemo.Tests.Support;

/// <summary>Waits for a condition instead of a fixed time.</summary>
internal static class Eventually
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(50);

    /// <summary>
    /// Polls until the condition is true; if it stays false, fails with <paramref name="what"/> and further details.
    /// </summary>
    public static async Task TrueAsync(
        Func<Task<bool>> condition, string what, TimeSpan? timeout = null, Func<string>? also = null)
    {
        var started = Stopwatch.StartNew();
        while (!await condition())
        {
            if (started.Elapsed > (timeout ?? TimeSpan.FromSeconds(20)))
                Assert.Fail($"Not in {started.Elapsed.TotalSeconds:0} s: {what}\n{also?.Invoke()}");
            await Task.Delay(Interval, TestContext.Current.CancellationToken);
        }
    }
}

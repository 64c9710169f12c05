using System.Diagnostics;

namespace CacheDemo.Tests.Support;

/// <summary>Waits for a condition instead of a time.</summary>
internal static class Eventually
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(50);

    /// <summary>
    /// Asks until the answer is yes; fails with <paramref name="what"/>, and what there is to say then, when it stays
    /// no.
    /// </summary>
    public static async Task TrueAsync(
        Func<Task<bool>> condition, string what, TimeSpan? patience = null, Func<string>? also = null)
    {
        var started = Stopwatch.StartNew();
        while (!await condition())
        {
            Assert.True(
                started.Elapsed < (patience ?? TimeSpan.FromSeconds(20)),
                $"Not in {started.Elapsed.TotalSeconds:0} s: {what}\n{also?.Invoke()}");
            await Task.Delay(Interval, TestContext.Current.CancellationToken);
        }
    }
}

using System.Diagnostics;
using CacheDemo.Redis;

namespace CacheDemo.Api.Keys;

/// <summary>
/// Counts the keys that match a glob, in the background while it is read. No request waits for it, and all viewers
/// share it.
/// </summary>
internal sealed class KeyCounter(KeyScanner scanner, BackgroundWork work, string? match)
{
    /// <summary>The time between two counts.</summary>
    public static readonly TimeSpan Interval = TimeSpan.FromSeconds(10);

    private const long Unknown = -1;

    private long _total = Unknown;
    private long _startedAt;

    /// <summary>How long ago it was last counted.</summary>
    public TimeSpan Age => Stopwatch.GetElapsedTime(Volatile.Read(ref _startedAt));

    /// <summary>
    /// The last count; null where it is not known. Starts a new one where it is older than <see cref="Interval"/>.
    /// </summary>
    public long? Read()
    {
        var startedAt = Volatile.Read(ref _startedAt);
        if ((startedAt == 0 || Stopwatch.GetElapsedTime(startedAt) >= Interval)
            && Interlocked.CompareExchange(ref _startedAt, Stopwatch.GetTimestamp(), startedAt) == startedAt)
        {
            _ = work.TryAsync("counting keys", CountAsync);
        }

        return Volatile.Read(ref _total) is var total && total == Unknown ? null : total;
    }

    private async Task CountAsync() => Volatile.Write(ref _total, await scanner.CountAsync(match) ?? Unknown);
}

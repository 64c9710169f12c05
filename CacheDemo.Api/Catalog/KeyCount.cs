using System.Diagnostics;
using CacheDemo.Api.Redis;

namespace CacheDemo.Api.Catalog;

/// <summary>
/// About how many keys match a glob, counted in the background while somebody looks: nobody waits for it, and all
/// viewers share it.
/// </summary>
internal sealed class KeyCount(KeyScan scan, RedisLoop loop, string? match)
{
    /// <summary>How often it is counted at most.</summary>
    public static readonly TimeSpan Interval = TimeSpan.FromSeconds(10);

    private const long Unknown = -1;

    private long _total = Unknown;
    private long _startedAt;

    /// <summary>How long ago it was last counted.</summary>
    public TimeSpan Age => Stopwatch.GetElapsedTime(Volatile.Read(ref _startedAt));

    /// <summary>
    /// The last count, null where that is unknown; counts anew where it is older than <see cref="Interval"/>.
    /// </summary>
    public long? Read()
    {
        var startedAt = Volatile.Read(ref _startedAt);
        if ((startedAt == 0 || Stopwatch.GetElapsedTime(startedAt) >= Interval)
            && Interlocked.CompareExchange(ref _startedAt, Stopwatch.GetTimestamp(), startedAt) == startedAt)
        {
            _ = loop.TryAsync("counting keys", CountAsync);
        }

        return Volatile.Read(ref _total) is var total && total == Unknown ? null : total;
    }

    private async Task CountAsync() => Volatile.Write(ref _total, await scan.CountAsync(match) ?? Unknown);
}

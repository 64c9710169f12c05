using System.Diagnostics;
using StackExchange.Redis;

namespace CacheDemo.Api.Expiration;

/// <summary>
/// One sorted set of expiration entries: up to where this instance has read it, and when it sweeps it.
/// </summary>
internal sealed class ExpirationShard(RedisKey key)
{
    /// <summary>An entry that is so long past its deadline is left to the sweep, in milliseconds.</summary>
    public const int Overdue = 100;

    private const int ReadInterval = 3_000, SweepInterval = 50;

    /// <summary>How long the set is swept after the last deadline, in milliseconds.</summary>
    private const int SweptFor = 1_000;

    private readonly Lock _lock = new();
    private long _readAt = -ReadInterval;
    private long _readTo, _sweepFrom, _sweepTo;

    /// <summary>The key of the set.</summary>
    public RedisKey Key => key;

    /// <summary>Ends the wait for the next reading or sweep early.</summary>
    public SemaphoreSlim Wake { get; } = new(0);

    /// <summary>Entries of a deadline up to this one have been read, in milliseconds by the clock of Redis.</summary>
    public long ReadTo
    {
        get => Volatile.Read(ref _readTo);
        set => Volatile.Write(ref _readTo, value);
    }

    /// <summary>Milliseconds on the monotonic clock of this machine.</summary>
    public static long MonotonicNow => (long)Stopwatch.GetElapsedTime(0).TotalMilliseconds;

    /// <summary>Whether it is time to read which entries expire soon.</summary>
    public bool IsReadingDue => MonotonicNow - _readAt >= ReadInterval;

    /// <summary>Whether an entry may be overdue.</summary>
    public bool IsSweepDue
    {
        get
        {
            lock (_lock)
                return MonotonicNow is var now && now >= _sweepFrom && now <= _sweepTo;
        }
    }

    /// <summary>The time until the next reading or sweep.</summary>
    public TimeSpan Wait
    {
        get
        {
            lock (_lock)
            {
                var (now, next) = (MonotonicNow, _readAt + ReadInterval);
                if (now <= _sweepTo)
                    next = Math.Min(next, Math.Max(_sweepFrom, now + SweepInterval));
                return TimeSpan.FromMilliseconds(Math.Max(1, next - now));
            }
        }
    }

    /// <summary>The next reading is due an interval from now.</summary>
    public void OnRead() => _readAt = MonotonicNow;

    /// <summary>
    /// Sweeps from when the first of these deadlines is overdue until some time after the last, and after now.
    /// </summary>
    /// <param name="first">The first deadline, on <see cref="MonotonicNow"/>.</param>
    /// <param name="last">The last one.</param>
    public void SweepAfter(long first, long last)
    {
        lock (_lock)
        {
            var now = MonotonicNow;
            _sweepFrom = _sweepTo < now ? first + Overdue : Math.Min(_sweepFrom, first + Overdue);
            _sweepTo = Math.Max(_sweepTo, Math.Max(last, now) + Overdue + SweptFor);
        }
    }

    /// <summary>Sweeps from now on until some time after a deadline; now by default.</summary>
    /// <param name="last">The deadline, on <see cref="MonotonicNow"/>.</param>
    public void SweepNow(long? last = null)
    {
        var now = MonotonicNow;
        SweepAfter(now - Overdue, last ?? now);
        if (Wake.CurrentCount == 0)
            Wake.Release();
    }
}

using System.Collections.Concurrent;
using System.Diagnostics;

namespace CacheDemo.Api.Catalog;

/// <summary>
/// The keys that viewers look at, read again while they look: so they see what other clients of Redis change, on every engine.
/// Viewers that look at the same share the reads.
/// </summary>
internal sealed class KeyWatch(KeyScan scan)
{
    private readonly ConcurrentDictionary<(string? Match, int Count), (Task<KeyPage> Page, long ReadAt)> _pages = new();

    /// <summary>How often a page is read: every two seconds, a larger one less often.</summary>
    public static TimeSpan Interval(int count) => TimeSpan.FromMilliseconds(Math.Max(2_000, 10 * count));

    /// <summary>The first page of the keys that match, at most <see cref="Interval"/> old, and how old it is.</summary>
    public async Task<(KeyPage Page, TimeSpan Age)> ReadAsync(string? match, int count)
    {
        var view = (match, count);
        foreach (var (other, old) in _pages)
        {
            if (Stopwatch.GetElapsedTime(old.ReadAt) > 2 * Interval(other.Count))
                _pages.TryRemove(other, out _); // nobody looks any more
        }

        // Somewhat less than the interval: viewers come back at it, not a moment before.
        if (!_pages.TryGetValue(view, out var read) || Stopwatch.GetElapsedTime(read.ReadAt) > Interval(count) * 0.9)
            _pages[view] = read = (scan.PageAsync(match, cursor: null, count), Stopwatch.GetTimestamp());
        return (await read.Page, Stopwatch.GetElapsedTime(read.ReadAt));
    }
}

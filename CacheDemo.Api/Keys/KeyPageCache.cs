using System.Collections.Concurrent;
using System.Diagnostics;
using CacheDemo.Redis;

namespace CacheDemo.Api.Keys;

/// <summary>
/// The first pages of keys that viewers look at, read again at an interval, so that they see what other clients of
/// Redis change, on every engine. Viewers of the same page share the reads.
/// </summary>
internal sealed class KeyPageCache(KeyScanner scanner, BackgroundWork work)
{
    private readonly ConcurrentDictionary<string, KeyCounter> _counts = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<(string? Match, int Count), (Task<KeyPage> Page, long ReadAt)> _pages = new();

    /// <summary>How often a page is read: every two seconds, a larger one less often.</summary>
    public static TimeSpan Interval(int count) => TimeSpan.FromMilliseconds(Math.Max(2_000, 10 * count));

    /// <summary>The first page of the keys that match, at most <see cref="Interval"/> old.</summary>
    public async Task<CachedKeyPage> ReadAsync(string? match, int count)
    {
        var view = (match, count);
        foreach (var (other, old) in _pages)
        {
            if (Stopwatch.GetElapsedTime(old.ReadAt) > 2 * Interval(other.Count))
                _pages.TryRemove(other, out _); // no viewer reads it any more
        }

        foreach (var (other, old) in _counts)
        {
            if (old.Age > 3 * KeyCounter.Interval)
                _counts.TryRemove(other, out _);
        }

        // Somewhat less than the interval, at which viewers return.
        if (!_pages.TryGetValue(view, out var read) || Stopwatch.GetElapsedTime(read.ReadAt) > Interval(count) * 0.9)
            _pages[view] = read = (scanner.PageAsync(match, cursor: null, count), Stopwatch.GetTimestamp());
        var page = await read.Page;
        return new CachedKeyPage(page, Stopwatch.GetElapsedTime(read.ReadAt), Total(page, match));
    }

    private long? Total(KeyPage page, string? match) => page.Cursor is null
        ? page.Keys.Count
        : _counts.GetOrAdd(match ?? "", _ => new KeyCounter(scanner, work, match)).Read() is { } counted
            ? Math.Max(counted, page.Keys.Count)
            : null;
}

/// <summary>A page of keys that was read before.</summary>
/// <param name="Page">The first page of the keys that match.</param>
/// <param name="Age">How long ago it was read.</param>
/// <param name="Total">
/// About how many keys match, also beyond the page; null where that is not known (<see cref="KeyCounter"/>).
/// </param>
internal sealed record CachedKeyPage(KeyPage Page, TimeSpan Age, long? Total);

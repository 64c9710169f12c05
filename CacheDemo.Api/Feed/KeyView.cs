using System.Diagnostics;
using System.Text.Json;
using CacheDemo.Api.Catalog;
using CacheDemo.Api.Redis;

namespace CacheDemo.Api.Feed;

/// <summary>What one viewer sees of the keys: sent when it differs from what was last sent.</summary>
internal sealed class KeyView(KeyWatch watch, string? match, int count)
{
    /// <summary>Two readings of one time to live differ by less, in milliseconds.</summary>
    private const int ClockTolerance = 400;

    private Dictionary<string, Seen>? _sent;
    private string? _cursor;
    private long? _total;
    private long? _totalSentAt;
    private long _readAt = long.MinValue;

    private readonly record struct Seen(double? EndsAt, long? Size, int? OriginalTtl);

    /// <summary>How long until it is to be read again; zero or less where it is due.</summary>
    public TimeSpan Due => _readAt == long.MinValue ? TimeSpan.Zero : KeyWatch.Interval(count) - Stopwatch.GetElapsedTime(_readAt);

    /// <summary>The page as JSON where it has changed, else null; null also while Redis does not answer.</summary>
    public async Task<string?> ReadAsync()
    {
        _readAt = Stopwatch.GetTimestamp();
        KeyPage page;
        TimeSpan age;
        long? total;
        try
        {
            (page, age, total) = await watch.ReadAsync(match, count);
        }
        catch (Exception e) when (RedisFailure.IsAway(e))
        {
            return null;
        }

        var readAt = (Stopwatch.GetElapsedTime(0) - age).TotalMilliseconds;
        var read = page.Keys.ToDictionary(
            entry => entry.Key, entry => new Seen(readAt + (entry.Ttl * 1000), entry.Size, entry.OriginalTtl));
        if (_sent is not null && _cursor == page.Cursor && IsSame(_sent, read))
        {
            // Of a count that alone has changed a viewer hears no more often than it is made.
            if (_total == total || (_totalSentAt is { } sentAt && Stopwatch.GetElapsedTime(sentAt) < KeyCount.Interval))
                return null;
            _totalSentAt = Stopwatch.GetTimestamp();
        }

        (_sent, _cursor, _total) = (read, page.Cursor, total);
        return JsonSerializer.Serialize(
            new FeedKeys(page.Keys, page.Cursor, age.TotalSeconds, total), CacheFeed.Json.FeedKeys);
    }

    private static bool IsSame(Dictionary<string, Seen> sent, Dictionary<string, Seen> read) =>
        sent.Count == read.Count && read.All(entry =>
            sent.TryGetValue(entry.Key, out var was)
            && (was.Size, was.OriginalTtl) == (entry.Value.Size, entry.Value.OriginalTtl)
            && was.EndsAt.HasValue == entry.Value.EndsAt.HasValue
            && Math.Abs((was.EndsAt - entry.Value.EndsAt) ?? 0) < ClockTolerance);
}

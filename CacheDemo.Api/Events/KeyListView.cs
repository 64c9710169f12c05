using System.Diagnostics;
using System.Text.Json;
using CacheDemo.Api.Keys;
using CacheDemo.Redis;

namespace CacheDemo.Api.Events;

/// <summary>The keys that one viewer looks at: sent where they differ from what was sent last.</summary>
internal sealed class KeyListView(KeyPageCache pages, string? match, int count)
{
    /// <summary>Two readings of one ttl differ by less, in milliseconds.</summary>
    private const int ClockTolerance = 400;

    private Dictionary<string, Seen>? _sent;
    private string? _cursor;
    private long? _total;
    private long? _totalSentAt;
    private long _readAt = long.MinValue;

    private readonly record struct Seen(double? EndsAt, long? Size, int? OriginalTtl);

    /// <summary>The time until the next read; zero or less where it is due.</summary>
    public TimeSpan Due => _readAt == long.MinValue
        ? TimeSpan.Zero
        : KeyPageCache.Interval(count) - Stopwatch.GetElapsedTime(_readAt);

    /// <summary>The page as JSON where it has changed; else null, also while Redis does not answer.</summary>
    public async Task<string?> ReadAsync()
    {
        _readAt = Stopwatch.GetTimestamp();
        KeyPage page;
        TimeSpan age;
        long? total;
        try
        {
            (page, age, total) = await pages.ReadAsync(match, count);
        }
        catch (Exception e) when (RedisFailure.IsRedisFault(e))
        {
            return null;
        }

        var readAt = (Stopwatch.GetElapsedTime(0) - age).TotalMilliseconds;
        var read = page.Keys.ToDictionary(
            entry => entry.Key, entry => new Seen(readAt + (entry.Ttl * 1000), entry.Size, entry.OriginalTtl));
        if (_sent is not null && _cursor == page.Cursor && IsSame(_sent, read))
        {
            // Where only the count has changed, it is sent no more often than it is made.
            if (
                _total == total
                || (_totalSentAt is { } sentAt && Stopwatch.GetElapsedTime(sentAt) < KeyCounter.Interval))
                return null;
            _totalSentAt = Stopwatch.GetTimestamp();
        }

        (_sent, _cursor, _total) = (read, page.Cursor, total);
        return JsonSerializer.Serialize(
            new KeysMessage(page.Keys, page.Cursor, age.TotalSeconds, total), EventBroadcaster.Json.KeysMessage);
    }

    private static bool IsSame(Dictionary<string, Seen> sent, Dictionary<string, Seen> read) =>
        sent.Count == read.Count && read.All(entry =>
            sent.TryGetValue(entry.Key, out var was)
            && (was.Size, was.OriginalTtl) == (entry.Value.Size, entry.Value.OriginalTtl)
            && was.EndsAt.HasValue == entry.Value.EndsAt.HasValue
            && Math.Abs((was.EndsAt - entry.Value.EndsAt) ?? 0) < ClockTolerance);
}

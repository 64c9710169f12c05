using System.Diagnostics;
using CacheDemo.Api.Diagnostics;
using CacheDemo.Api.Expiration;
using CacheDemo.Api.Keyspace;
using CacheDemo.Redis;
using StackExchange.Redis;

namespace CacheDemo.Api.Keys;

/// <summary>Deletes every key under the prefix, and no other. None of them counts as expired.</summary>
internal sealed partial class KeyFlush(
    IConnectionMultiplexer redis, CacheKeys keys, KeyScanner scanner, ExpirationTracker expirations, CacheEvents events,
    RedisCommandTelemetry commands, ILogger<KeyFlush> logger)
{
    private const int BatchSize = 1_000;

    /// <summary>Deletes the keys and returns how many there were.</summary>
    /// <exception cref="WriteInDoubtException">
    /// Redis failed after some keys were, or may have been, deleted.
    /// </exception>
    public async Task<int> FlushAsync()
    {
        var started = Stopwatch.GetTimestamp();
        var (began, total) = (false, 0);
        string? cursor = null;
        try
        {
            do
            {
                (var names, cursor) = await scanner.NamesAsync(match: null, cursor, BatchSize);
                began |= names.Count > 0;
                var deleted = await Task.WhenAll(names.Select(DeleteAsync));
                total += deleted.Count(wasThere => wasThere);
            }
            while (cursor is not null);
        }
        catch (Exception e) when (began && RedisFailure.IsRedisFault(e))
        {
            throw new WriteInDoubtException(e);
        }

        LogFlushed(total, Stopwatch.GetElapsedTime(started).TotalMilliseconds);
        return total;
    }

    private async Task<bool> DeleteAsync(string key)
    {
        var deleted = await expirations.TrackDeleteAsync(
            key, () => commands.TimeAsync("DEL", redis.GetDatabase().KeyDeleteAsync(keys.Item(key))));
        events.Publish(new CacheEvent(CacheOperation.Delete, key, deleted, Duration: null));
        return deleted;
    }

    [LoggerMessage(LogLevel.Information, "FLUSH: {Count} deleted in {Milliseconds:0.0} ms")]
    private partial void LogFlushed(int count, double milliseconds);
}

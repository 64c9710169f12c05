using System.Diagnostics;
using System.Text;
using CacheDemo.Api.Diagnostics;
using CacheDemo.Api.Expiration;
using CacheDemo.Api.Http;
using CacheDemo.Api.Keyspace;
using CacheDemo.Redis;
using Microsoft.Extensions.Options;
using StackExchange.Redis;
using static CacheDemo.Api.Diagnostics.CacheDiagnostics;

namespace CacheDemo.Api.Cache;

/// <summary>
/// The operations of the cache: the Redis command, the tracking of its expiration, a span and a
/// <see cref="CacheEvent"/> each.
/// </summary>
/// <remarks>
/// Operations throw what Redis and its client throw; <see cref="RedisFailure"/> classifies it. Writes throw
/// <see cref="WriteInDoubtException"/> where they may have been applied.
/// </remarks>
internal sealed class CacheService(
    IConnectionMultiplexer redis, CacheKeys keys, ReadPreference reads, ExpirationTracker expirations,
    RedisCommandTelemetry commands, CacheTracing tracing, CacheEvents events, IOptions<CacheOptions> options)
{
    private readonly IDatabase _database = redis.GetDatabase();

    /// <summary>GET key; null where there is no such key.</summary>
    /// <exception cref="BadInputException">The value is not UTF-8, which JSON cannot represent: 409.</exception>
    public async Task<string?> GetAsync(string key)
    {
        var started = Stopwatch.GetTimestamp();
        using var span = tracing.Start(Spans.Get, key);
        var value = Text(await CacheTracing.ObserveAsync(
            span, commands.TimeAsync("GET", _database.StringGetAsync(keys.Item(key), reads.Flags))));
        var missReason = value is null
            ? await CacheTracing.ObserveAsync(span, expirations.MissReasonAsync(key))
            : null;

        if (span is { IsAllDataRequested: true })
        {
            span.SetTag(Attributes.Hit, value is not null);
            if (missReason is not null)
                span.SetTag(Attributes.MissReason, missReason);
        }

        events.Publish(new CacheEvent(
            CacheOperation.Get, key, Found: value is not null, Stopwatch.GetElapsedTime(started))
        {
            MissReason = missReason,
        });
        return value;
    }

    /// <summary>SET key value EX ttl.</summary>
    /// <param name="key">The key.</param>
    /// <param name="value">The value.</param>
    /// <param name="ttl">The ttl, in seconds.</param>
    /// <exception cref="BadInputException">
    /// The value is larger than <see cref="CacheOptions.MaxValueBytes"/>: 413.
    /// </exception>
    public async Task SetAsync(string key, string value, int ttl)
    {
        var started = Stopwatch.GetTimestamp();
        var (bytes, max, lifetime) = (
            Encoding.UTF8.GetByteCount(value),
            options.Value.MaxValueBytes,
            TimeSpan.FromSeconds(ttl));
        if (bytes > max)
        {
            throw new BadInputException(
                "value", $"The value is {bytes} bytes of UTF-8; at most {max} are allowed.",
                StatusCodes.Status413PayloadTooLarge);
        }

        using var span = tracing.Start(Spans.Set, key);
        if (span is { IsAllDataRequested: true })
            span.SetTag(Attributes.Ttl, ttl).SetTag(Attributes.ItemSize, bytes);
        await CacheTracing.ObserveAsync(span, expirations.TrackSetAsync(
            key, lifetime, () => commands.TimeAsync("SET", _database.StringSetAsync(keys.Item(key), value, lifetime))));

        events.Publish(new CacheEvent(CacheOperation.Set, key, Found: true, Stopwatch.GetElapsedTime(started))
        {
            Ttl = ttl,
            Bytes = bytes,
        });
    }

    /// <summary>EXPIRE key ttl.</summary>
    /// <param name="key">The key.</param>
    /// <param name="ttl">The ttl, in seconds.</param>
    /// <returns>Whether there is such a key.</returns>
    public async Task<bool> TouchAsync(string key, int ttl)
    {
        var started = Stopwatch.GetTimestamp();
        var lifetime = TimeSpan.FromSeconds(ttl);
        using var span = tracing.Start(Spans.Touch, key);
        if (span is { IsAllDataRequested: true })
            span.SetTag(Attributes.Ttl, ttl);
        var found = await CacheTracing.ObserveAsync(span, expirations.TrackExpireAsync(
            key, lifetime, () => commands.TimeAsync("EXPIRE", _database.KeyExpireAsync(keys.Item(key), lifetime))));

        events.Publish(
            new CacheEvent(CacheOperation.Touch, key, found, Stopwatch.GetElapsedTime(started)) { Ttl = ttl });
        return found;
    }

    /// <summary>DEL key.</summary>
    /// <returns>Whether there was such a key.</returns>
    public async Task<bool> DeleteAsync(string key)
    {
        var started = Stopwatch.GetTimestamp();
        using var span = tracing.Start(Spans.Delete, key);
        var found = await CacheTracing.ObserveAsync(span, expirations.TrackDeleteAsync(
            key, () => commands.TimeAsync("DEL", _database.KeyDeleteAsync(keys.Item(key)))));

        events.Publish(new CacheEvent(CacheOperation.Delete, key, found, Stopwatch.GetElapsedTime(started)));
        return found;
    }

    /// <summary>PTTL key, in seconds. Ttl is null where the key does not expire.</summary>
    public async Task<(bool Found, double? Ttl)> TtlAsync(string key)
    {
        var started = Stopwatch.GetTimestamp();
        // KeyTimeToLiveAsync does not tell the two cases apart, and a TimeSpan cannot hold every reply.
        var milliseconds = (long)await commands.TimeAsync("PTTL", _database.ExecuteAsync("PTTL", keys.Item(key)));
        var found = milliseconds != ExpirationDecision.NoKey;

        events.Publish(new CacheEvent(CacheOperation.Ttl, key, found, Stopwatch.GetElapsedTime(started)));
        return (found, milliseconds < 0 ? null : milliseconds / 1000.0);
    }

    private static string? Text(RedisValue value)
    {
        if (value.IsNull)
            return null;

        try
        {
            return CacheKeys.StrictUtf8.GetString(((ReadOnlyMemory<byte>)value).Span);
        }
        catch (DecoderFallbackException)
        {
            throw new BadInputException(
                "key", "The key holds bytes that are not UTF-8 text.", StatusCodes.Status409Conflict);
        }
    }
}

using System.Diagnostics;
using System.Globalization;
using StackExchange.Redis;

namespace CacheDemo.Api.Expiration;

/// <summary>An entry whose expiration is tracked, as it is stored in Redis.</summary>
/// <param name="Deadline">When it expires, in milliseconds since 1970 by the clock of Redis.</param>
/// <param name="Id">Unique: the instance that monitors it, and a number.</param>
/// <param name="Ttl">Its ttl, in seconds.</param>
/// <param name="Set">The span of the set that stored it; default where it was not traced.</param>
/// <param name="Key">The key.</param>
internal sealed record ExpirationEntry(long Deadline, string Id, int Ttl, ActivityContext Set, string Key)
{
    /// <summary>An expiration so near to the deadline is at the deadline, as read over a network.</summary>
    private const int DeadlineToleranceMs = 1_000;

    private string? _stored;

    /// <summary>The record of a key that was deleted on request.</summary>
    public static readonly RedisValue Deleted = "-";

    /// <summary>The instance that monitors it.</summary>
    public string Instance => Id[..Id.IndexOf('-')];

    /// <summary>When it was stored, on the same clock as <see cref="Deadline"/>.</summary>
    public long StoredAt => Deadline - (Ttl * 1000L);

    /// <summary>Whether the instance monitors it.</summary>
    public bool IsOf(string instance) => Id.StartsWith(instance, StringComparison.Ordinal);

    /// <summary>
    /// Its ttl, where the key expires at its deadline; null where it does not, as when another client set the key or
    /// changed its ttl.
    /// </summary>
    /// <param name="key">The key.</param>
    /// <param name="now">The time of the reply, on the same clock as <see cref="Deadline"/>.</param>
    /// <param name="pttl">The reply to PTTL.</param>
    public int? TtlOf(string key, long now, long pttl) =>
        // In floating point: with a distant end, the sum exceeds 64 bits.
        pttl >= 0
        && Ttl > 0
        && Key == key
        && Math.Abs((double)now + pttl - Deadline) < DeadlineToleranceMs
            ? Ttl
            : null;

    /// <summary>
    /// How long the entry existed, in whole seconds: <see cref="Ttl"/>, unless another client changed its deadline.
    /// </summary>
    /// <param name="expiredAt">When it expired, on the same clock as <see cref="Deadline"/>.</param>
    public int Age(long expiredAt) => expiredAt == Deadline
        ? Ttl
        : (int)Math.Clamp(Math.Round((expiredAt - StoredAt) / 1000.0), 0, int.MaxValue);

    /// <summary>The entry as text, with the key last, as it may contain anything.</summary>
    public RedisValue ToRedis() => _stored ??= string.Create(
        CultureInfo.InvariantCulture,
        $"{Deadline}:{Id}:{Ttl}:{(Set == default ? "" : $"{Set.TraceId}{Set.SpanId}{(int)Set.TraceFlags}")}:{Key}");

    /// <summary>
    /// The reply to a GET of a record; null also where another client stored something other than a string.
    /// </summary>
    public static async Task<RedisValue> RecordAsync(Task<RedisValue> get)
    {
        try
        {
            return await get;
        }
        catch (RedisServerException e) when (e.Kind is RedisErrorKind.WrongType)
        {
            return RedisValue.Null;
        }
    }

    /// <summary>Parses what <see cref="ToRedis"/> wrote; null for anything else.</summary>
    public static ExpirationEntry? FromRedis(RedisValue value)
    {
        var stored = (string?)value;
        if (stored?.Split(':', 5) is not [var deadline, var id, var ttl, var span, var key]
            || !long.TryParse(deadline, CultureInfo.InvariantCulture, out var at)
            || !int.TryParse(ttl, CultureInfo.InvariantCulture, out var seconds)
            || !id.Contains('-'))
        {
            return null;
        }

        var set = default(ActivityContext);
        if (span.Length >= 49
            && !ActivityContext.TryParse(
                $"00-{span.AsSpan(0, 32)}-{span.AsSpan(32, 16)}-0{span[48]}", null, isRemote: true, out set))
        {
            return null;
        }

        return new ExpirationEntry(at, id, seconds, set, key) { _stored = stored };
    }
}

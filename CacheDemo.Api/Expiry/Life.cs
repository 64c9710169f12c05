using System.Diagnostics;
using System.Globalization;
using StackExchange.Redis;

namespace CacheDemo.Api.Expiry;

/// <summary>One life of a key, from the set that began it to its end: what stands in Redis of it.</summary>
/// <param name="Deadline">When it ends, in milliseconds since 1970 by Redis's clock.</param>
/// <param name="Id">Tells it from every other life: the instance that keeps watch on it, and a number.</param>
/// <param name="Ttl">Its length, in seconds.</param>
/// <param name="Began">The span of the set that began it; default when it was not traced.</param>
/// <param name="Key">The key.</param>
internal sealed record Life(long Deadline, string Id, int Ttl, ActivityContext Began, string Key)
{
    /// <summary>An end that is so near to the deadline is the deadline, as read over a network.</summary>
    private const int AgreementMs = 1_000;

    private string? _written;

    /// <summary>Stands where a key was removed on request, until nobody asks why it is gone.</summary>
    public static readonly RedisValue Deleted = "-";

    /// <summary>Whether the instance is the one that keeps watch.</summary>
    public bool IsOf(string instance) => Id.StartsWith(instance, StringComparison.Ordinal);

    /// <summary>When it began, on the same clock as <see cref="Deadline"/>.</summary>
    public long Beginning => Deadline - (Ttl * 1000L);

    /// <summary>The instance that keeps watch.</summary>
    public string Instance => Id[..Id.IndexOf('-')];

    /// <summary>
    /// Its length, where it is this life that the key has: the key ends at its deadline. Null where it does not, as
    /// when another client set the key or gave it another end.
    /// </summary>
    /// <param name="key">The key.</param>
    /// <param name="now">The moment of the answer, on the same clock as <see cref="Deadline"/>.</param>
    /// <param name="left">What Redis answered to PTTL.</param>
    public int? TtlOf(string key, long now, long left) =>
        // Not whole numbers: with a far end, the sum may be beyond them.
        left >= 0 && Ttl > 0 && Key == key && Math.Abs((double)now + left - Deadline) < AgreementMs ? Ttl : null;

    /// <summary>
    /// How long the key lived, in whole seconds: <see cref="Ttl"/>, unless another client gave it another end.
    /// </summary>
    /// <param name="ended">When it ended, on the same clock as <see cref="Deadline"/>.</param>
    public int Lived(long ended) =>
        ended == Deadline ? Ttl : (int)Math.Clamp(Math.Round((ended - Beginning) / 1000.0), 0, int.MaxValue);

    /// <summary>As it stands in Redis: the key last, as it may hold anything.</summary>
    public RedisValue ToRedis() => _written ??= string.Create(
        CultureInfo.InvariantCulture,
        $"{Deadline}:{Id}:{Ttl}:{(Began == default ? "" : $"{Began.TraceId}{Began.SpanId}{(int)Began.TraceFlags}")}:{Key}");

    /// <summary>What a GET of a record answers; null also where another client put something other than a string there.</summary>
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

    /// <summary>Reads what <see cref="ToRedis"/> wrote; null for anything else.</summary>
    public static Life? FromRedis(RedisValue value)
    {
        var written = (string?)value;
        if (written?.Split(':', 5) is not [var deadline, var id, var ttl, var began, var key]
            || !long.TryParse(deadline, CultureInfo.InvariantCulture, out var at)
            || !int.TryParse(ttl, CultureInfo.InvariantCulture, out var seconds)
            || !id.Contains('-'))
        {
            return null;
        }

        var context = default(ActivityContext);
        if (began.Length >= 49
            && !ActivityContext.TryParse(
                $"00-{began.AsSpan(0, 32)}-{began.AsSpan(32, 16)}-0{began[48]}", null, isRemote: true, out context))
        {
            return null;
        }

        return new Life(at, id, seconds, context, key) { _written = written };
    }
}

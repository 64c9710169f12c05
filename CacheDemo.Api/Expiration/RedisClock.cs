using System.Diagnostics;
using StackExchange.Redis;

namespace CacheDemo.Api.Expiration;

/// <summary>
/// The clock of Redis, read with TIME: the one that expires keys, and that all instances share whatever their own
/// clocks say.
/// </summary>
internal sealed class RedisClock(IConnectionMultiplexer redis, TimeProvider clock)
{
    private static readonly TimeSpan MinAge = TimeSpan.FromSeconds(5), MaxAge = TimeSpan.FromSeconds(30);

    private long _offset;
    private TimeSpan _bestRoundTrip = TimeSpan.MaxValue;
    private long _synchronizedAt;
    private long _readAt;

    /// <summary>Milliseconds since 1970 by the clock of Redis; by that of this machine until Redis was read.</summary>
    public long Now => clock.GetUtcNow().ToUnixTimeMilliseconds() + Volatile.Read(ref _offset);

    /// <summary>Reads the time of Redis, unless it was read in the last five seconds.</summary>
    /// <exception cref="RedisException">Redis does not answer.</exception>
    public async Task SynchronizeAsync()
    {
        if (_readAt != 0 && Stopwatch.GetElapsedTime(_readAt) < MinAge)
            return;

        var server = redis.GetServers().FirstOrDefault(server => server.IsConnected && !server.IsReplica);
        if (server is null)
            return;

        var started = Stopwatch.GetTimestamp();
        var time = new DateTimeOffset(await server.TimeAsync(), TimeSpan.Zero).ToUnixTimeMilliseconds();
        var roundTrip = Stopwatch.GetElapsedTime(started);

        _readAt = Stopwatch.GetTimestamp();

        // A reply is as exact as it is fast: a slow one, as under load, counts only where the last one is old.
        if (roundTrip > _bestRoundTrip && Stopwatch.GetElapsedTime(_synchronizedAt) < MaxAge)
            return;
        (_bestRoundTrip, _synchronizedAt) = (roundTrip, Stopwatch.GetTimestamp());
        Volatile.Write(
            ref _offset, time - clock.GetUtcNow().ToUnixTimeMilliseconds() + (long)(roundTrip.TotalMilliseconds / 2));
    }
}

using System.Diagnostics;
using StackExchange.Redis;

namespace CacheDemo.Api.Expiry;

/// <summary>
/// Redis's clock, as told by TIME: the one that ends lives, and that all instances share whatever their own clocks say.
/// </summary>
internal sealed class RedisClock(IConnectionMultiplexer redis, TimeProvider clock)
{
    private static readonly TimeSpan KeepBest = TimeSpan.FromSeconds(30);

    private long _ahead;
    private TimeSpan _best = TimeSpan.MaxValue;
    private long _bestAt;

    /// <summary>Milliseconds since 1970 by Redis's clock; by this machine's until Redis was asked.</summary>
    public long Now => clock.GetUtcNow().ToUnixTimeMilliseconds() + Volatile.Read(ref _ahead);

    /// <summary>Asks Redis for the time. Clocks drift slowly, so that seldom is enough.</summary>
    public async Task SynchronizeAsync()
    {
        var server = redis.GetServers().FirstOrDefault(server => server.IsConnected && !server.IsReplica);
        if (server is null)
            return;

        var asked = Stopwatch.GetTimestamp();
        var told = new DateTimeOffset(await server.TimeAsync(), TimeSpan.Zero).ToUnixTimeMilliseconds();
        var took = Stopwatch.GetElapsedTime(asked);

        // An answer is as exact as it is quick: a slow one, as under load, counts only where there was no better for long.
        if (took > _best && Stopwatch.GetElapsedTime(_bestAt) < KeepBest)
            return;
        (_best, _bestAt) = (took, Stopwatch.GetTimestamp());
        Volatile.Write(ref _ahead, told - clock.GetUtcNow().ToUnixTimeMilliseconds() + (long)(took.TotalMilliseconds / 2));
    }
}

using CacheDemo.Api.Diagnostics;
using CacheDemo.Api.Keyspace;
using CacheDemo.Redis;
using StackExchange.Redis;

namespace CacheDemo.Api.Expiration;

/// <summary>Says in Redis that this instance is up, and reads which others are.</summary>
internal sealed class InstanceHeartbeat(
    IConnectionMultiplexer redis, CacheKeys keys, RedisClock clock, CacheInstance instance, BackgroundWork work)
    : BackgroundService
{
    private const int TimeoutMs = 3_000;

    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    private readonly IDatabase _database = redis.GetDatabase();

    private long OldestAlive => clock.Now - TimeoutMs;

    /// <summary>The instances that are up.</summary>
    /// <exception cref="RedisException">Redis does not answer.</exception>
    public async Task<HashSet<string>> AliveAsync() =>
        [.. (await _database.SortedSetRangeByScoreAsync(keys.Instances, OldestAlive)).Select(id => (string)id!)];

    /// <summary>How many instances are up.</summary>
    /// <exception cref="RedisException">Redis does not answer.</exception>
    public async Task<int> CountAsync() => (int)await _database.SortedSetLengthAsync(keys.Instances, OldestAlive);

    /// <inheritdoc />
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var cleaned = false;
        await work.RepeatAsync(
            "sending a heartbeat",
            async () =>
            {
                await clock.SynchronizeAsync();
                await _database.SortedSetAddAsync(keys.Instances, instance.Id, clock.Now);
                if (!cleaned)
                {
                    await _database.SortedSetRemoveRangeByScoreAsync(
                        keys.Instances, double.NegativeInfinity, OldestAlive, Exclude.Stop);
                    cleaned = true;
                }

                return Interval;
            },
            Interval,
            stoppingToken);
    }
}

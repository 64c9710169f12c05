using System.Globalization;
using CacheDemo.Api.Cache;
using CacheDemo.Api.Diagnostics;
using CacheDemo.Api.Redis;
using StackExchange.Redis;

namespace CacheDemo.Api.Stats;

/// <summary>
/// Adds up the counts of all instances in Redis, where they outlive each of them. An instance adds what it counted once a
/// second, so that the hot path has nothing to do with it; one that is killed loses its last second.
/// </summary>
internal sealed class CacheStats(
    IConnectionMultiplexer redis, CacheKeys keys, CacheMetrics metrics, TimeProvider clock, RedisLoop loop) : BackgroundService
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    private readonly IDatabase _database = redis.GetDatabase();
    private readonly SemaphoreSlim _adding = new(1);
    private CacheCounts _added;

    /// <summary>The counts of all instances since the last reset.</summary>
    public async Task<(CacheCounts Counts, DateTimeOffset Since, int Instances)> ReadAsync()
    {
        try
        {
            await AddAsync();
        }
        catch (RedisServerException)
        {
            // Redis takes no writes now: what was counted here since is added when it does.
        }

        var all = _database.HashGetAllAsync(keys.Stats);
        var instances = _database.SortedSetLengthAsync(keys.Instances);
        var stored = await StoredAsync(all);

        // Another client may have written there: what is no number counts for nothing.
        long Of(string name) => stored.FirstOrDefault(entry => entry.Name == name).Value.TryParse(out long count) ? count : 0;
        return (
            new CacheCounts(Of("hits"), Of("misses"), Of("sets"), Of("deletes"), Of("expirations"), Of("dropped")),
            DateTimeOffset.FromUnixTimeMilliseconds(Math.Clamp(Of("since"), 0, DateTimeOffset.MaxValue.ToUnixTimeMilliseconds())),
            (int)Math.Max(1, await instances));
    }

    private static async Task<HashEntry[]> StoredAsync(Task<HashEntry[]> all)
    {
        try
        {
            return await all;
        }
        catch (RedisServerException e) when (e.Kind is RedisErrorKind.WrongType)
        {
            throw new RedisRefusedException(
                new("refused", "Another client wrote something else where the counts are kept; POST /stats/reset begins anew."), e);
        }
    }

    /// <summary>Begins anew, on all instances.</summary>
    public async Task ResetAsync()
    {
        await _database.KeyDeleteAsync(keys.Stats);
        try
        {
            await redis.GetSubscriber().PublishAsync(keys.Control, "reset");
        }
        catch (Exception e) when (RedisFailure.IsAway(e))
        {
            throw new WriteInDoubtException(e); // the other instances may add what they counted before
        }

        await ForgetAsync();
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var subscribed = false;
        await loop.EveryAsync(
            "adding up counts",
            Interval,
            async () =>
            {
                if (!subscribed)
                    await redis.GetSubscriber().SubscribeOnceAsync(keys.Control, Obey);
                subscribed = true;
                await AddAsync();
            },
            stoppingToken);

        // What was counted since the last second; where that fails, there is nowhere to leave it.
        await loop.TryAsync("adding up counts", AddAsync, CancellationToken.None);
    }

    private void Obey(RedisChannel channel, RedisValue message)
    {
        if (message == "reset")
            _ = ForgetAsync();
    }

    private async Task ForgetAsync()
    {
        await _adding.WaitAsync();
        _added = metrics.Counts;
        _adding.Release();
    }

    private async Task AddAsync()
    {
        await _adding.WaitAsync();
        try
        {
            var now = metrics.Counts;
            (string Name, long Delta)[] deltas =
            [
                ("hits", now.Hits - _added.Hits), ("misses", now.Misses - _added.Misses), ("sets", now.Sets - _added.Sets),
                ("deletes", now.Deletes - _added.Deletes), ("expirations", now.Expirations - _added.Expirations),
                ("dropped", now.Dropped - _added.Dropped),
            ];
            var added = deltas.Where(delta => delta.Delta != 0)
                .Select(delta => (Task)_database.HashIncrementAsync(keys.Stats, delta.Name, delta.Delta));
            await Task.WhenAll(added.Append(_database.HashSetAsync(
                keys.Stats, "since", clock.GetUtcNow().ToUnixTimeMilliseconds().ToString(CultureInfo.InvariantCulture), When.NotExists)));
            _added = now;
        }
        finally
        {
            _adding.Release();
        }
    }
}

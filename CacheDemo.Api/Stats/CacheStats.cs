using System.Globalization;
using CacheDemo.Api.Diagnostics;
using CacheDemo.Api.Expiration;
using CacheDemo.Api.Keyspace;
using CacheDemo.Redis;
using StackExchange.Redis;

namespace CacheDemo.Api.Stats;

/// <summary>
/// Sums the counts of all instances in Redis. An instance adds its own once a second, off the hot path; one that is
/// killed loses its last second.
/// </summary>
internal sealed class CacheStats(
    IConnectionMultiplexer redis,
    CacheKeys keys,
    CacheMetrics metrics,
    TimeProvider clock,
    CacheInstance instance,
    InstanceHeartbeat instances,
    BackgroundWork work
) : BackgroundService
{
    private const string Reset = "reset";

    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    private readonly IDatabase _database = redis.GetDatabase();
    private readonly SemaphoreSlim _adding = new(1);
    private CacheCounts _added;
    private bool _begun;

    /// <summary>The counts of all instances since the last reset.</summary>
    public async Task<(CacheCounts Counts, DateTimeOffset Since, int Instances)> ReadAsync()
    {
        try
        {
            await AddAsync(isRead: true);
        }
        catch (RedisServerException)
        {
            // Redis accepts no writes now: the counts are added when it does.
        }

        var all = _database.HashGetAllAsync(keys.Stats);
        var count = instances.CountAsync();
        var stored = await StoredAsync(all);

        // Another client may have written there: what is not a number counts as zero.
        long Of(string name) =>
            stored.FirstOrDefault(entry => entry.Name == name).Value.TryParse(out long count) ? count : 0;
        return (
            new CacheCounts(Of("hits"), Of("misses"), Of("sets"), Of("deletes"), Of("expirations"), Of("dropped")),
            DateTimeOffset.FromUnixTimeMilliseconds(
                Math.Clamp(Of("since"), 0, DateTimeOffset.MaxValue.ToUnixTimeMilliseconds())),
            Math.Max(1, await count));
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
                new(
                    "refused",
                    "Another client wrote something else where the counts are kept; POST /stats/reset begins anew."),
                e);
        }
    }

    /// <summary>Sets the counts of all instances to zero.</summary>
    /// <exception cref="WriteInDoubtException">Other instances may add counts from before the reset.</exception>
    public async Task ResetAsync()
    {
        await RestartAsync(() => _database.KeyDeleteAsync(keys.Stats));
        try
        {
            await redis.GetSubscriber().PublishAsync(keys.Control, $"{Reset} {instance.Id}");
        }
        catch (Exception e) when (RedisFailure.IsRedisFault(e))
        {
            throw new WriteInDoubtException(e); // the other instances may not have received it
        }
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var subscribed = false;
        await work.EveryAsync(
            "adding up counts",
            Interval,
            async () =>
            {
                if (!subscribed)
                    await redis.GetSubscriber().SubscribeOnceAsync(keys.Control, OnControlMessage);
                subscribed = true;
                await AddAsync();
            },
            stoppingToken);

        // The counts of the last second; where this fails, they are lost.
        await work.TryAsync("adding up counts", () => AddAsync(), CancellationToken.None);
    }

    private void OnControlMessage(RedisChannel channel, RedisValue message)
    {
        if (((string?)message)?.Split(' ') is [Reset, var by] && by != instance.Id)
            _ = RestartAsync(() => Task.CompletedTask);
    }

    // Nothing that this instance counted before is added afterwards, nor while it is deleted.
    private async Task RestartAsync(Func<Task> delete)
    {
        await _adding.WaitAsync();
        try
        {
            await delete();
            (_added, _begun) = (metrics.Counts, false);
        }
        finally
        {
            _adding.Release();
        }
    }

    // Where the counts are read, they have a beginning.
    private async Task AddAsync(bool isRead = false)
    {
        await _adding.WaitAsync();
        try
        {
            var now = metrics.Counts;
            (string Name, long Delta)[] deltas =
            [
                ("hits", now.Hits - _added.Hits),
                ("misses", now.Misses - _added.Misses),
                ("sets", now.Sets - _added.Sets),
                ("deletes", now.Deletes - _added.Deletes),
                ("expirations", now.Expirations - _added.Expirations),
                ("dropped", now.Dropped - _added.Dropped),
            ];
            var added = deltas.Where(delta => delta.Delta != 0)
                .Select(delta => (Task)_database.HashIncrementAsync(keys.Stats, delta.Name, delta.Delta))
                .ToList();
            if (_begun && added.Count == 0 && !isRead)
                return;

            var since = clock.GetUtcNow().ToUnixTimeMilliseconds().ToString(CultureInfo.InvariantCulture);
            await Task.WhenAll(added.Append(_database.HashSetAsync(keys.Stats, "since", since, When.NotExists)));
            (_added, _begun) = (now, true);
        }
        finally
        {
            _adding.Release();
        }
    }
}

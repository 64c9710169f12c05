using System.Diagnostics;
using CacheDemo.Api.Cache;
using CacheDemo.Api.Diagnostics;
using CacheDemo.Api.Redis;
using Microsoft.Extensions.Options;
using StackExchange.Redis;

namespace CacheDemo.Api.Expiry;

/// <summary>
/// Keeps, in Redis, which lives there are and when they end (docs/expiry.md). Its commands go out in one pipeline with those of
/// the operation itself.
/// </summary>
internal sealed class LifeBook(
    IConnectionMultiplexer redis, CacheKeys keys, LifeSets sets, RedisClock clock, CacheInstance instance, CacheMetrics metrics,
    LifeWatch watch, IOptions<ExpiryOptions> options)
{
    private readonly IDatabase _database = redis.GetDatabase();
    private readonly TimeSpan _remember = TimeSpan.FromSeconds(options.Value.RememberSeconds);
    private long _lives;

    /// <summary>SETs the value and begins a life.</summary>
    public async Task SetAsync(string key, string value, TimeSpan ttl)
    {
        if (watch.IsFull)
        {
            metrics.Dropped();
            await metrics.TimeAsync("SET", _database.StringSetAsync(keys.Item(key), value, ttl));
            return;
        }

        var life = Begin(key, ttl, Activity.Current?.Context ?? default);
        var left = metrics.TimeAsync("PTTL", _database.ExecuteAsync("PTTL", keys.Item(key)));
        var set = metrics.TimeAsync("SET", _database.StringSetAsync(keys.Item(key), value, ttl));
        var before = metrics.TimeAsync("SET", _database.StringSetAndGetAsync(keys.Life(key), life.ToRedis(), ttl + _remember));
        var entered = metrics.TimeAsync("ZADD", _database.SortedSetAddAsync(sets.Of(key), life.ToRedis(), life.Deadline));
        try
        {
            await AllAsync(set, left, before, entered);
        }
        catch (Exception e) when (set.IsFaulted && RedisFailure.IsNotApplied(e))
        {
            // It may have come through beside the value that did not.
            await _database.SortedSetRemoveAsync(sets.Of(key), life.ToRedis(), CommandFlags.FireAndForget);
            throw;
        }
        catch (WriteInDoubtException e) when (e.InnerException is RedisServerException)
        {
            // Out of memory between the two: the value is there, and its end is not told of.
            metrics.Dropped();
            return;
        }

        watch.Take(life);

        if (Life.FromRedis(await before) is { } old)
            await EndAsync(old, ended: (long)await left == -2);
    }

    /// <summary>EXPIREs the key and begins a life that is linked to the same set; false where there is no such key.</summary>
    public async Task<bool> ExpireAsync(string key, TimeSpan ttl)
    {
        var found = metrics.TimeAsync("EXPIRE", _database.KeyExpireAsync(keys.Item(key), ttl));
        var last = LastLifeAsync(key);
        await AllAsync(found, last);
        if (!await found)
            return false;

        // A key that others set has no life here; its end is told of where Redis notifies.
        if (Life.FromRedis(await last) is { } old)
        {
            var life = Begin(key, ttl, old.Began);
            try
            {
                await AllAsync(
                    found,
                    metrics.TimeAsync("SET", _database.StringSetAsync(keys.Life(key), life.ToRedis(), ttl + _remember)),
                    metrics.TimeAsync("ZADD", _database.SortedSetAddAsync(sets.Of(key), life.ToRedis(), life.Deadline)));
            }
            catch (WriteInDoubtException e) when (e.InnerException is RedisServerException)
            {
                metrics.Dropped(); // as above
                return true;
            }

            await _database.SortedSetRemoveAsync(sets.Of(key), old.ToRedis(), CommandFlags.FireAndForget);
            watch.Take(life);
        }

        return true;
    }

    /// <summary>DELetes the key and its life; false where there is no such key.</summary>
    public async Task<bool> DeleteAsync(string key)
    {
        var deleted = metrics.TimeAsync("DEL", _database.KeyDeleteAsync(keys.Item(key)));
        var last = LastLifeAsync(key);
        await AllAsync(deleted, last);
        if (!await deleted)
            return false;

        var told = MarkDeletedAsync(key);
        var left = Life.FromRedis(await last) is { } old
            ? metrics.TimeAsync("ZREM", _database.SortedSetRemoveAsync(sets.Of(key), old.ToRedis()))
            : Task.CompletedTask;
        await AllAsync(deleted, told, left);
        return true;
    }

    private async Task MarkDeletedAsync(string key)
    {
        try
        {
            await metrics.TimeAsync("SET", _database.StringSetAsync(keys.Life(key), Life.Deleted, _remember));
        }
        catch (RedisServerException)
        {
            // Out of memory, which deleting is to cure: then nobody knows why the key is gone.
            await metrics.TimeAsync("DEL", _database.KeyDeleteAsync(keys.Life(key)));
        }
    }

    /// <summary>Why a key that was asked for is not there: <c>expired</c>, <c>deleted</c> or <c>absent</c>.</summary>
    public async Task<string> WhyGoneAsync(string key)
    {
        var last = await LastLifeAsync(key);
        if (last == Life.Deleted)
            return "deleted";
        return Life.FromRedis(last) is { } life && life.Deadline <= clock.Now + LifeWatch.Slack ? "expired" : "absent";
    }

    private Task<RedisValue> LastLifeAsync(string key) =>
        Life.RecordAsync(metrics.TimeAsync("GET", _database.StringGetAsync(keys.Life(key))));

    private Life Begin(string key, TimeSpan ttl, ActivityContext began) => new(
        clock.Now + (long)ttl.TotalMilliseconds, $"{instance.Id}-{Interlocked.Increment(ref _lives):x}", (int)ttl.TotalSeconds, began, key);

    // The write itself, and what goes with it: where only that failed, the client must not take the write for undone.
    private static async Task AllAsync(Task write, params Task[] rest)
    {
        try
        {
            await Task.WhenAll([write, .. rest]);
        }
        catch (Exception e) when (RedisFailure.IsAway(e) && write.IsCompletedSuccessfully)
        {
            throw new WriteInDoubtException(e);
        }
    }

    // A new value took the key's place. Was the old one still there, its life ended thereby; was it gone, it had expired and
    // nobody had told of it yet (or it was evicted, and then its deadline is to come).
    private async Task EndAsync(Life old, bool ended)
    {
        try
        {
            if (ended && old.Deadline <= clock.Now + LifeWatch.Slack)
            {
                // Redis may have notified of it, and whoever heard that finds the new life.
                _database.StringSet(keys.LifeBefore(old.Key), old.ToRedis(), KeyspaceListener.Memory, flags: CommandFlags.FireAndForget);
                await watch.ClaimAsync(old, ExpirySource.Ttl, old.Deadline);
            }
            else
            {
                await _database.SortedSetRemoveAsync(sets.Of(old.Key), old.ToRedis(), CommandFlags.FireAndForget);
            }
        }
        catch (Exception e) when (RedisFailure.IsAway(e))
        {
            // The new value is in Redis, and that is what was asked for; the old life's end is caught up with.
        }
    }
}

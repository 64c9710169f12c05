using System.Diagnostics;
using CacheDemo.Api.Diagnostics;
using CacheDemo.Api.Keyspace;
using CacheDemo.Redis;
using StackExchange.Redis;

namespace CacheDemo.Api.Expiration;

/// <summary>
/// Records in Redis which entries exist and when they expire (docs/expiry.md). Its commands go out in one pipeline with
/// the write itself.
/// </summary>
internal sealed class ExpirationTracker(
    IConnectionMultiplexer redis,
    CacheKeys keys,
    ExpirationShards shards,
    RedisClock clock,
    CacheInstance instance,
    CacheMetrics metrics,
    RedisCommandTelemetry commands,
    ExpirationSweeper sweeper,
    ExpirationClaims claims)
{
    /// <summary>
    /// How long the last record of a key is kept after its expiration: for the reason of a miss, and to catch up after
    /// all instances were down.
    /// </summary>
    private static readonly TimeSpan RecordedFor = TimeSpan.FromHours(1);

    private readonly IDatabase _database = redis.GetDatabase();
    private long _entries;

    /// <summary>Tracks a SET.</summary>
    /// <param name="key">The key.</param>
    /// <param name="ttl">The ttl that the SET gives it.</param>
    /// <param name="set">Sends the SET.</param>
    /// <exception cref="WriteInDoubtException">Redis failed after the value was, or may have been, stored.</exception>
    public async Task TrackSetAsync(string key, TimeSpan ttl, Func<Task> set)
    {
        if (sweeper.IsFull)
        {
            metrics.Dropped();
            await set();
            return;
        }

        var entry = NewEntry(key, ttl, Activity.Current?.Context ?? default);
        var record = entry.ToRedis();
        var left = commands.TimeAsync("PTTL", _database.ExecuteAsync("PTTL", keys.Item(key)));
        var stored = set();
        var previous = commands.TimeAsync(
            "SET", _database.StringSetAndGetAsync(keys.ExpirationRecord(key), record, ttl + RecordedFor));
        var added = commands.TimeAsync("ZADD", _database.SortedSetAddAsync(shards.Of(key).Key, record, entry.Deadline));
        try
        {
            await AllAsync(stored, left, previous, added);
        }
        catch (Exception e) when (stored.IsFaulted && RedisFailure.IsNotApplied(e))
        {
            // The entry may have been recorded although the value was not stored.
            await _database.SortedSetRemoveAsync(shards.Of(key).Key, record, CommandFlags.FireAndForget);
            throw;
        }
        catch (WriteInDoubtException e) when (e.InnerException is RedisServerException)
        {
            // Redis ran out of memory between the two: the value is stored, and its expiration is not tracked.
            metrics.Dropped();
            return;
        }
        catch (Exception e) when (RedisFailure.IsRedisFault(e))
        {
            sweeper.AddInDoubt(entry);
            throw;
        }

        sweeper.Add(entry);

        if (ExpirationEntry.FromRedis(await previous) is { } replaced)
            await ReplacedAsync(replaced, (long)await left);
    }

    /// <summary>Tracks an EXPIRE; the new entry is linked to the same set.</summary>
    /// <param name="key">The key.</param>
    /// <param name="ttl">The ttl that the EXPIRE gives it.</param>
    /// <param name="expire">Sends the EXPIRE; false where there is no such key.</param>
    /// <returns>What <paramref name="expire"/> returned.</returns>
    /// <exception cref="WriteInDoubtException">Redis failed after the ttl was, or may have been, changed.</exception>
    public async Task<bool> TrackExpireAsync(string key, TimeSpan ttl, Func<Task<bool>> expire)
    {
        var found = expire();
        var last = LastRecordAsync(key);
        await AllAsync(found, last);
        if (!await found)
            return false;

        // A key that another client set has no entry; its expiration is reported where Redis notifies.
        if (ExpirationEntry.FromRedis(await last) is not { } previous)
            return true;

        var entry = NewEntry(key, ttl, previous.Set);
        var record = entry.ToRedis();
        try
        {
            await AllAsync(
                found,
                commands.TimeAsync(
                    "SET", _database.StringSetAsync(keys.ExpirationRecord(key), record, ttl + RecordedFor)),
                commands.TimeAsync("ZADD", _database.SortedSetAddAsync(shards.Of(key).Key, record, entry.Deadline)));
        }
        catch (WriteInDoubtException e) when (e.InnerException is RedisServerException)
        {
            metrics.Dropped(); // out of memory, as above
            return true;
        }
        catch (Exception e) when (RedisFailure.IsRedisFault(e))
        {
            sweeper.AddInDoubt(entry);
            throw;
        }

        await _database.SortedSetRemoveAsync(shards.Of(key).Key, previous.ToRedis(), CommandFlags.FireAndForget);
        sweeper.Add(entry);
        return true;
    }

    /// <summary>Tracks a DEL: the entry does not count as expired.</summary>
    /// <param name="key">The key.</param>
    /// <param name="delete">Sends the DEL; false where there is no such key.</param>
    /// <returns>What <paramref name="delete"/> returned.</returns>
    /// <exception cref="WriteInDoubtException">Redis failed after the key was, or may have been, deleted.</exception>
    public async Task<bool> TrackDeleteAsync(string key, Func<Task<bool>> delete)
    {
        var deleted = delete();
        var last = LastRecordAsync(key);
        await AllAsync(deleted, last);
        if (!await deleted)
            return false;

        var marked = MarkDeletedAsync(key);
        var removed = ExpirationEntry.FromRedis(await last) is { } entry
            ? commands.TimeAsync("ZREM", _database.SortedSetRemoveAsync(shards.Of(key).Key, entry.ToRedis()))
            : Task.CompletedTask;
        await AllAsync(deleted, marked, removed);
        return true;
    }

    /// <summary>Why a key does not exist: <c>expired</c>, <c>deleted</c> or <c>absent</c>.</summary>
    public async Task<string> MissReasonAsync(string key)
    {
        var record = await LastRecordAsync(key);
        if (record == ExpirationEntry.Deleted)
            return "deleted";
        return ExpirationEntry.FromRedis(record) is { } entry && HasExpired(entry, ExpirationDecision.NoKey)
            ? "expired"
            : "absent";
    }

    // The write and its records: where only a record failed, the client must not assume that nothing was written.
    private static async Task AllAsync(Task write, params Task[] records)
    {
        try
        {
            await Task.WhenAll([write, .. records]);
        }
        catch (Exception e) when (RedisFailure.IsRedisFault(e) && write.IsCompletedSuccessfully)
        {
            throw new WriteInDoubtException(e);
        }
    }

    private async Task MarkDeletedAsync(string key)
    {
        var record = keys.ExpirationRecord(key);
        try
        {
            await commands.TimeAsync("SET", _database.StringSetAsync(record, ExpirationEntry.Deleted, RecordedFor));
        }
        catch (RedisServerException)
        {
            // Out of memory, which the deletion is to relieve: then the reason of a later miss is not known.
            await commands.TimeAsync("DEL", _database.KeyDeleteAsync(record));
        }
    }

    private Task<RedisValue> LastRecordAsync(string key) => ExpirationEntry.RecordAsync(
        commands.TimeAsync("GET", _database.StringGetAsync(keys.ExpirationRecord(key))));

    private ExpirationEntry NewEntry(string key, TimeSpan ttl, ActivityContext set) => new(
        clock.Now + (long)ttl.TotalMilliseconds, $"{instance.Id}-{Interlocked.Increment(ref _entries):x}",
        (int)ttl.TotalSeconds, set, key);

    private bool HasExpired(ExpirationEntry entry, long pttl) => ExpirationDecision.Decide(
        pttl, entry.Deadline, clock.Now, ExpirationDecision.ClockTolerance) is EntryStatus.Expired;

    // A new value took the place of an entry. Where its key was already gone, it had expired and was not reported yet.
    private async Task ReplacedAsync(ExpirationEntry entry, long pttl)
    {
        try
        {
            if (HasExpired(entry, pttl))
            {
                // A notification of it may arrive only now, when the record is that of the new entry.
                _database.StringSet(
                    keys.PreviousExpirationRecord(entry.Key), entry.ToRedis(), KeyspaceNotificationListener.KeptFor,
                    flags: CommandFlags.FireAndForget);
                await claims.ClaimAsync(entry, ExpirySource.Ttl, entry.Deadline);
            }
            else
            {
                await _database.SortedSetRemoveAsync(
                    shards.Of(entry.Key).Key, entry.ToRedis(), CommandFlags.FireAndForget);
            }
        }
        catch (Exception e) when (RedisFailure.IsRedisFault(e))
        {
            // The new value is stored, which is what the client asked for; the sweep finds the old entry.
        }
    }
}

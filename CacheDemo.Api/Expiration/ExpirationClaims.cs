using System.Collections.Concurrent;
using CacheDemo.Api.Diagnostics;
using CacheDemo.Api.Keyspace;
using CacheDemo.Redis;
using StackExchange.Redis;

namespace CacheDemo.Api.Expiration;

/// <summary>
/// Whoever notices an expiration claims it. Redis grants one claim, and who gets it reports the expiration.
/// </summary>
internal sealed class ExpirationClaims(
    IConnectionMultiplexer redis, CacheKeys keys, ExpirationShards shards, RedisClock clock, CacheInstance instance,
    ExpirationReporter reporter)
{
    /// <summary>A notification arrives at most so long after Redis sent it, in milliseconds.</summary>
    private const int MaxNotificationDelay = 1_000;

    /// <summary>Marks a claim whose notification was received.</summary>
    private const char Notified = '!';

    /// <summary>How long a claim is kept: longer than Redis is usually away between a claim and its reply.</summary>
    private static readonly TimeSpan ClaimTtl = TimeSpan.FromMinutes(1);

    private readonly IDatabase _database = redis.GetDatabase();
    private readonly ConcurrentDictionary<string, (ExpirationEntry Entry, ExpirySource Source, long At)> _unanswered =
        new();

    /// <summary>Reports an expiration unless another instance does.</summary>
    /// <param name="entry">The entry; its key is gone.</param>
    /// <param name="source">How it was noticed.</param>
    /// <param name="at">When it expired, by the clock of Redis.</param>
    /// <param name="due">
    /// The same on <see cref="ExpirationShard.MonotonicNow"/> where it is known, which is more exact.
    /// </param>
    /// <exception cref="RedisException">Redis does not answer; the claim is settled when it does.</exception>
    public async Task ClaimAsync(ExpirationEntry entry, ExpirySource source, long at, long? due = null)
    {
        var claim = keys.Claim(entry.Id, entry.Key);
        try
        {
            // Two steps: who claimed can be read later, and the removal shows that nobody reported it before.
            if (!await _database.StringSetAsync(claim, instance.Id, ClaimTtl, When.NotExists))
                return;
            if (!await _database.SortedSetRemoveAsync(shards.Of(entry.Key).Key, entry.ToRedis()))
            {
                // Nothing is reported, and a notification must not take the claim for a report.
                _database.KeyDelete(claim, CommandFlags.FireAndForget);
                return;
            }
        }
        catch (Exception e) when (RedisFailure.IsRedisFault(e))
        {
            Unanswered(entry, source, at);
            throw;
        }

        Report(entry, source, at, due);
    }

    /// <summary>
    /// Whether a notification is of the expiration of this entry; reports the expiration unless another instance does.
    /// </summary>
    /// <param name="entry">The entry that may have expired.</param>
    /// <param name="receivedAt">When the notification arrived, by the clock of Redis.</param>
    /// <exception cref="RedisException">Redis does not answer; the claim is settled when it does.</exception>
    public async Task<bool> ClaimNotifiedAsync(ExpirationEntry entry, long receivedAt)
    {
        var claim = keys.Claim(entry.Id, entry.Key);
        var at = receivedAt;
        try
        {
            var deadline = _database.SortedSetScoreAsync(shards.Of(entry.Key).Key, entry.ToRedis());
            var claimed = _database.StringSetAsync(claim, instance.Id + Notified, ClaimTtl, When.NotExists);
            var claimant = _database.StringGetAsync(claim);
            var left = _database.ExecuteAsync("PTTL", claim);
            if (!await claimed)
            {
                // The expiration was reported. Redis notifies before it replies that a key is gone: a notification that
                // arrives much later is of a value that another client set, and so is a second one.
                var claimedAt = clock.Now + (long)await left - (long)ClaimTtl.TotalMilliseconds;
                return receivedAt < claimedAt + MaxNotificationDelay
                    && !IsNotified(await claimant)
                    && !IsNotified(await _database.StringSetAndGetAsync(
                        claim, $"{await claimant}{Notified}", null, keepTtl: true, When.Exists));
            }

            // Redis may notify late of a key that expired at its deadline.
            if (await deadline is { } due && receivedAt > due - ExpirationDecision.ClockTolerance)
                at = (long)due;

            // An entry that is no longer recorded, as after PERSIST, is reported when Redis notifies after all. Where
            // it expired so long ago that its claim has expired too, it was reported.
            var recorded = await _database.SortedSetRemoveAsync(shards.Of(entry.Key).Key, entry.ToRedis());
            if (!recorded && clock.Now - entry.Deadline > ClaimTtl.TotalMilliseconds)
                return false;
        }
        catch (Exception e) when (RedisFailure.IsRedisFault(e))
        {
            Unanswered(entry, ExpirySource.Keyspace, at);
            throw;
        }

        Report(entry, ExpirySource.Keyspace, at);
        return true;
    }

    /// <summary>
    /// Settles the claims on a shard that Redis did not reply to: it may have granted them all the same.
    /// </summary>
    /// <exception cref="RedisException">Redis does not answer.</exception>
    public async Task SettleAsync(ExpirationShard shard)
    {
        foreach (var (id, (entry, source, at)) in _unanswered)
        {
            if (shards.Of(entry.Key) != shard)
                continue;
            var claimant = (string?)await _database.StringGetAsync(keys.Claim(id, entry.Key));
            if (!_unanswered.TryRemove(id, out _) || claimant?.TrimEnd(Notified) != instance.Id)
                continue;

            await _database.SortedSetRemoveAsync(shard.Key, entry.ToRedis(), CommandFlags.FireAndForget);
            Report(entry, source, at);
        }
    }

    private static bool IsNotified(RedisValue claimant) =>
        claimant.IsNull || ((string)claimant!).EndsWith(Notified);

    private void Unanswered(ExpirationEntry entry, ExpirySource source, long at)
    {
        _unanswered[entry.Id] = (entry, source, at);
        shards.Of(entry.Key).SweepNow();
    }

    private void Report(ExpirationEntry entry, ExpirySource source, long at, long? due = null)
    {
        var lag = Math.Max(0, due is { } moment ? ExpirationShard.MonotonicNow - moment : clock.Now - at);
        reporter.Report(entry.Key, entry.Set, entry.Age(at), source, TimeSpan.FromMilliseconds(lag));
    }
}

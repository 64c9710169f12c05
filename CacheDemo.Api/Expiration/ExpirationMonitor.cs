using System.Collections.Concurrent;
using CacheDemo.Api.Diagnostics;
using CacheDemo.Api.Keyspace;
using CacheDemo.Redis;
using StackExchange.Redis;

namespace CacheDemo.Api.Expiration;

/// <summary>
/// Checks the keys of entries shortly before and at their deadline (docs/expiry.md), and claims what has expired. It
/// sleeps until the next check.
/// </summary>
internal sealed class ExpirationMonitor(
    IConnectionMultiplexer redis, CacheKeys keys, ExpirationShards shards, RedisClock clock, ExpirationClaims claims,
    BackgroundWork work) : BackgroundService
{
    /// <summary>
    /// How long before the deadline a key is checked, in milliseconds: what is gone by then was evicted or deleted.
    /// Twice, as the last check can be late.
    /// </summary>
    private const int FirstCheck = 1_000, LastCheck = 400;

    private const int BatchSize = 1_000;
    private const string Claiming = "claiming expired entries";

    /// <summary>Less than <see cref="ExpirationDecision.EarlyTolerance"/>: over before the sweep.</summary>
    private static readonly TimeSpan NotificationGrace = TimeSpan.FromMilliseconds(200);

    /// <summary>
    /// How long to wait for the next check at least, so that entries are checked together; one that is added ends the
    /// wait.
    /// </summary>
    private static readonly TimeSpan MinWait = TimeSpan.FromMilliseconds(10);

    private static readonly TimeSpan MaxWait = TimeSpan.FromSeconds(10);

    private readonly IDatabase _database = redis.GetDatabase();
    private readonly ConcurrentQueue<Pending> _added = new();
    private readonly PriorityQueue<Pending, long> _queue = new();
    private readonly SemaphoreSlim _wake = new(0);
    private long _nextCheckAt = long.MaxValue;

    // Due is the deadline on the monotonic clock of this machine, Deadline the same by the clock of Redis: that of the
    // entry, unless another client changed it. Lead is how long before Due the next check is.
    private readonly record struct Pending(ExpirationEntry Entry, long Due, long Deadline, int Lead = FirstCheck)
    {
        public long CheckAt => Due - Lead;
    }

    private static long MonotonicNow => ExpirationShard.MonotonicNow;

    /// <summary>Checks the key of an entry in time.</summary>
    /// <param name="entry">The entry.</param>
    /// <param name="deadline">
    /// When it expires, by the clock of Redis: its own deadline unless another client changed that.
    /// </param>
    public void Add(ExpirationEntry entry, long deadline) =>
        Add(new Pending(entry, MonotonicNow + deadline - clock.Now, deadline));

    /// <inheritdoc />
    protected override Task ExecuteAsync(CancellationToken stoppingToken) =>
        work.RepeatAsync(Claiming, () => Task.FromResult(CheckDue()), MinWait, stoppingToken, _wake);

    private void Add(Pending pending)
    {
        _added.Enqueue(pending);
        if (pending.CheckAt < Volatile.Read(ref _nextCheckAt) && _wake.CurrentCount == 0)
            _wake.Release();
    }

    // Returns the time until the next check.
    private TimeSpan CheckDue()
    {
        // Until the next check is known, whatever is added wakes the loop.
        Volatile.Write(ref _nextCheckAt, long.MaxValue);
        while (_added.TryDequeue(out var added))
            _queue.Enqueue(added, added.CheckAt);

        var (due, now) = (new List<Pending>(), MonotonicNow);
        while (_queue.TryPeek(out var next, out var at) && at <= now)
        {
            due.Add(next);
            _queue.Dequeue();
        }

        // Not awaited: a shard that hangs delays its own entries only.
        foreach (var ofShard in due.GroupBy(pending => shards.Of(pending.Entry.Key)))
        {
            foreach (var batch in ofShard.Chunk(BatchSize))
                _ = work.TryAsync(Claiming, () => CheckAsync(ofShard.Key, batch));
        }

        if (!_queue.TryPeek(out _, out var nextCheckAt))
            return MaxWait;
        Volatile.Write(ref _nextCheckAt, nextCheckAt);
        return TimeSpan.FromMilliseconds(
            Math.Clamp(nextCheckAt - now, MinWait.TotalMilliseconds, MaxWait.TotalMilliseconds));
    }

    private async Task CheckAsync(ExpirationShard shard, Pending[] due)
    {
        try
        {
            await CheckAsync(due);
        }
        catch (Exception e) when (RedisFailure.IsRedisFault(e))
        {
            shard.SweepNow(due.Max(pending => pending.Due));
            throw;
        }
    }

    private async Task CheckAsync(Pending[] due)
    {
        var replies = await Task.WhenAll(
            due.Select(pending => _database.ExecuteAsync("PTTL", keys.Item(pending.Entry.Key))));
        var now = MonotonicNow;
        var expired = new List<Pending>();
        foreach (var (pending, pttl) in due.Zip(replies, (pending, reply) => (pending, (long)reply)))
        {
            // After the last check before the deadline, a key that is gone has expired.
            var tolerance = pending.Lead == 0 ? int.MaxValue : ExpirationDecision.EarlyTolerance;
            switch (ExpirationDecision.Decide(pttl, pending.Due, now, tolerance))
            {
                case EntryStatus.Expired:
                    expired.Add(pending);
                    break;
                case EntryStatus.StillThere:
                    Add(Again(pending, now, pttl));
                    break;
                default:
                    _ = ForgetAsync(pending.Entry);
                    break;
            }
        }

        await Task.WhenAll(expired.Select(
            pending => claims.ClaimAsync(pending.Entry, ExpirySource.Ttl, pending.Deadline, pending.Due)));
    }

    private Pending Again(Pending pending, long now, long pttl)
    {
        var lead = pttl > FirstCheck ? FirstCheck : pttl > LastCheck ? LastCheck : 0;
        var next = pending with { Due = now + pttl + 1, Lead = lead };
        const int Tolerance = ExpirationDecision.ClockTolerance;
        if (pttl <= LastCheck + Tolerance || next.Due <= pending.Due + Tolerance)
            return next;

        // Another client extended the ttl.
        next = next with { Deadline = clock.Now + pttl };
        _database.SortedSetAdd(
            shards.Of(next.Entry.Key).Key, next.Entry.ToRedis(), next.Deadline, When.Exists,
            CommandFlags.FireAndForget);
        return next;
    }

    // The check of a key whose ttl another client shortened makes Redis expire it and notify: the listener may still
    // claim it.
    private async Task ForgetAsync(ExpirationEntry entry)
    {
        await Task.Delay(NotificationGrace);
        _database.SortedSetRemove(shards.Of(entry.Key).Key, entry.ToRedis(), CommandFlags.FireAndForget);
    }
}

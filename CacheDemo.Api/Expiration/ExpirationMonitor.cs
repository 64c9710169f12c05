using System.Collections.Concurrent;
using System.Diagnostics;
using CacheDemo.Api.Diagnostics;
using CacheDemo.Api.Keyspace;
using CacheDemo.Redis;
using Microsoft.Extensions.Options;
using StackExchange.Redis;

namespace CacheDemo.Api.Expiration;

/// <summary>
/// Reports every entry that expires, once, whichever instance notices it (docs/expiry.md). The instance that tracked an
/// entry checks its key shortly before and at the deadline; a sweep of every instance finds what was not reported in
/// time. Whoever notices the expiration claims it, and Redis grants one claim.
/// </summary>
internal sealed class ExpirationMonitor(
    IConnectionMultiplexer redis, CacheKeys keys, ExpirationShards shards, RedisClock clock, CacheInstance instance,
    ExpirationReporter reporter, BackgroundWork work, IOptions<ExpirationOptions> options) : BackgroundService
{
    /// <summary>
    /// How long before the deadline a key is checked, in milliseconds: what is gone by then was evicted or deleted.
    /// Twice, as the last check can be late.
    /// </summary>
    private const int FirstCheck = 1_000, LastCheck = 400;

    /// <summary>How long before their deadline entries are read from Redis, in milliseconds.</summary>
    private const int LookAhead = 2_000;

    /// <summary>An entry that is so long past its deadline is left to the sweep, in milliseconds.</summary>
    private const int Overdue = 100;

    /// <summary>A notification arrives at most so long after Redis sent it, in milliseconds.</summary>
    private const int MaxNotificationDelay = 1_000;

    /// <summary>Marks a claim whose notification was received.</summary>
    private const char Notified = '!';

    private const int BatchSize = 1_000;
    private const string Claiming = "claiming expired entries";

    /// <summary>Less than <see cref="ExpirationDecision.EarlyTolerance"/>: over before the sweep.</summary>
    private static readonly TimeSpan NotificationGrace = TimeSpan.FromMilliseconds(200);

    private static readonly TimeSpan Tick = TimeSpan.FromMilliseconds(10);
    private static readonly TimeSpan FetchInterval = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan SweepInterval = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan HeartbeatInterval = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan HeartbeatTimeout = TimeSpan.FromSeconds(3);

    /// <summary>How long a claim is kept: longer than Redis is usually away between a claim and its reply.</summary>
    private static readonly TimeSpan ClaimTtl = TimeSpan.FromMinutes(1);

    private readonly IDatabase _database = redis.GetDatabase();
    private readonly ConcurrentQueue<Pending> _added = new();
    private readonly PriorityQueue<Pending, long> _queue = new();
    private readonly ConcurrentDictionary<string, (ExpirationEntry Entry, ExpirySource Source, long At)> _unanswered =
        new();
    private readonly ConcurrentDictionary<RedisKey, long> _fetchedTo = new();
    private HashSet<string> _aliveInstances = [];

    /// <summary>Whether Redis holds as many entries as are tracked at most.</summary>
    public bool IsFull { get; private set; }

    // Due is the deadline on the monotonic clock of this machine, Deadline the same by the clock of Redis: that of the
    // entry, unless another client changed it. Lead is how long before Due the next check is.
    private readonly record struct Pending(ExpirationEntry Entry, long Due, long Deadline, int Lead = FirstCheck)
    {
        public long CheckAt => Due - Lead;
    }

    private static long MonotonicNow => (long)Stopwatch.GetElapsedTime(0).TotalMilliseconds;

    /// <summary>Monitors an entry that was stored here; one with a later deadline is read from Redis in time.</summary>
    public void Add(ExpirationEntry entry)
    {
        if (entry.Deadline - clock.Now is var left && left < LookAhead)
            _added.Enqueue(new Pending(entry, MonotonicNow + left, entry.Deadline));
    }

    /// <summary>Reports an expiration unless another instance does.</summary>
    /// <param name="entry">The entry; its key is gone.</param>
    /// <param name="source">How it was noticed.</param>
    /// <param name="at">When it expired, by the clock of Redis.</param>
    /// <param name="due">The same on <see cref="MonotonicNow"/> where it is known, which is more exact.</param>
    /// <exception cref="RedisException">Redis does not answer; the claim is settled when it does.</exception>
    public async Task ClaimAsync(ExpirationEntry entry, ExpirySource source, long at, long? due = null)
    {
        var claim = keys.Claim(entry.Id, entry.Key);
        try
        {
            // Two steps: who claimed can be read later, and the removal shows that nobody reported it before.
            if (!await _database.StringSetAsync(claim, instance.Id, ClaimTtl, When.NotExists))
                return;
            if (!await _database.SortedSetRemoveAsync(shards.Of(entry.Key), entry.ToRedis()))
            {
                // Nothing is reported, and a notification must not take the claim for a report.
                _database.KeyDelete(claim, CommandFlags.FireAndForget);
                return;
            }
        }
        catch (Exception e) when (RedisFailure.IsRedisFault(e))
        {
            _unanswered[entry.Id] = (entry, source, at);
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
            var deadline = _database.SortedSetScoreAsync(shards.Of(entry.Key), entry.ToRedis());
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
            var recorded = await _database.SortedSetRemoveAsync(shards.Of(entry.Key), entry.ToRedis());
            if (!recorded && clock.Now - entry.Deadline > ClaimTtl.TotalMilliseconds)
                return false;
        }
        catch (Exception e) when (RedisFailure.IsRedisFault(e))
        {
            _unanswered[entry.Id] = (entry, ExpirySource.Keyspace, at);
            throw;
        }

        Report(entry, ExpirySource.Keyspace, at);
        return true;
    }

    // Each shard by itself: one that hangs must not hold up the others.
    protected override Task ExecuteAsync(CancellationToken stoppingToken) => Task.WhenAll(
    [
        work.EveryAsync(Claiming, Tick, CheckDueAsync, stoppingToken),
        work.EveryAsync("sending a heartbeat", HeartbeatInterval, HeartbeatAsync, stoppingToken),
        .. Enumerable.Range(0, ExpirationShards.MaxCount).SelectMany(index => new[]
        {
            work.EveryAsync(
                "reading entries that expire soon", FetchInterval, () => OnShardAsync(index, FetchAsync),
                stoppingToken),
            work.EveryAsync(
                "sweeping expired entries", SweepInterval, () => OnShardAsync(index, SweepAsync), stoppingToken),
        }),
    ]);

    private static bool IsNotified(RedisValue claimant) =>
        claimant.IsNull || ((string)claimant!).EndsWith(Notified);

    private Task OnShardAsync(int index, Func<RedisKey, Task> action) =>
        index < shards.All.Length ? action(shards.All[index]) : Task.CompletedTask;

    private void Report(ExpirationEntry entry, ExpirySource source, long at, long? due = null)
    {
        var lag = Math.Max(0, due is { } moment ? MonotonicNow - moment : clock.Now - at);
        reporter.Report(entry.Key, entry.Set, entry.Age(at), source, TimeSpan.FromMilliseconds(lag));
    }

    // Redis went away before it replied to a claim, which may have been granted all the same.
    private async Task SettleAsync(RedisKey shard)
    {
        foreach (var (id, (entry, source, at)) in _unanswered)
        {
            if (shards.Of(entry.Key) != shard)
                continue;
            var claimant = (string?)await _database.StringGetAsync(keys.Claim(id, entry.Key));
            if (!_unanswered.TryRemove(id, out _) || claimant?.TrimEnd(Notified) != instance.Id)
                continue;

            await _database.SortedSetRemoveAsync(shard, entry.ToRedis(), CommandFlags.FireAndForget);
            Report(entry, source, at);
        }
    }

    // Which instances are alive, how many entries there are, and what time it is.
    private async Task HeartbeatAsync()
    {
        await clock.SynchronizeAsync();
        var now = clock.Now;
        var beat = _database.SortedSetAddAsync(keys.Instances, instance.Id, now);
        var expired = _database.SortedSetRemoveRangeByScoreAsync(
            keys.Instances, double.NegativeInfinity, now - HeartbeatTimeout.TotalMilliseconds);
        var alive = _database.SortedSetRangeByRankAsync(keys.Instances);
        var counts = Task.WhenAll(shards.All.Select(shard => _database.SortedSetLengthAsync(shard)));
        await Task.WhenAll(beat, expired, alive, counts);

        _aliveInstances = [.. (await alive).Select(id => (string)id!)];
        IsFull = (await counts).Sum() >= options.Value.MaxLives;
    }

    // Entries that expire soon: those that were stored here, and those whose instance is gone.
    private async Task FetchAsync(RedisKey shard)
    {
        var to = clock.Now + LookAhead;
        var offset = MonotonicNow - clock.Now;
        var soon = await _database.SortedSetRangeByScoreWithScoresAsync(
            shard, _fetchedTo.GetValueOrDefault(shard), to, Exclude.Start);
        foreach (var stored in soon)
        {
            var deadline = (long)stored.Score;
            if (ExpirationEntry.FromRedis(stored.Element) is { } entry
                && (entry.IsOf(instance.Id) || !_aliveInstances.Contains(entry.Instance)))
            {
                _added.Enqueue(new Pending(entry, offset + deadline, deadline));
            }
        }

        _fetchedTo[shard] = to;
    }

    private Task CheckDueAsync()
    {
        while (_added.TryDequeue(out var added))
            _queue.Enqueue(added, added.CheckAt);

        var due = new List<Pending>();
        while (_queue.TryPeek(out var next, out var at) && at <= MonotonicNow)
        {
            due.Add(next);
            _queue.Dequeue();
        }

        // Not awaited: a shard that hangs delays its own entries only.
        foreach (var ofShard in due.GroupBy(pending => shards.Of(pending.Entry.Key)))
        {
            foreach (var batch in ofShard.Chunk(BatchSize))
                _ = work.TryAsync(Claiming, () => CheckAsync(batch));
        }

        return Task.CompletedTask;
    }

    // What fails here is swept when Redis, or this shard of it, is back.
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
                    _added.Enqueue(Again(pending, now, pttl));
                    break;
                default:
                    _ = ForgetAsync(pending.Entry);
                    break;
            }
        }

        await Task.WhenAll(expired.Select(
            pending => ClaimAsync(pending.Entry, ExpirySource.Ttl, pending.Deadline, pending.Due)));
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
            shards.Of(next.Entry.Key), next.Entry.ToRedis(), next.Deadline, When.Exists, CommandFlags.FireAndForget);
        return next;
    }

    // The check of a key whose ttl another client shortened makes Redis expire it and notify: the listener may still
    // claim it.
    private async Task ForgetAsync(ExpirationEntry entry)
    {
        await Task.Delay(NotificationGrace);
        _database.SortedSetRemove(shards.Of(entry.Key), entry.ToRedis(), CommandFlags.FireAndForget);
    }

    // Entries past their deadline that were not reported: their instance died or stalled, or Redis was away.
    private async Task SweepAsync(RedisKey shard)
    {
        await SettleAsync(shard);
        var overdue = await _database.SortedSetRangeByScoreWithScoresAsync(
            shard, double.NegativeInfinity, clock.Now - Overdue, take: BatchSize);
        await Task.WhenAll(overdue.Select(stored => SweepAsync(shard, stored.Element, (long)stored.Score)));
    }

    private async Task SweepAsync(RedisKey shard, RedisValue stored, long deadline)
    {
        if (ExpirationEntry.FromRedis(stored) is not { } entry)
        {
            _database.SortedSetRemove(shard, stored, CommandFlags.FireAndForget);
            return;
        }

        if (shards.Of(entry.Key) is var right && right != shard)
        {
            // It was added before the server became, or was known as, a cluster.
            if (await _database.SortedSetRemoveAsync(shard, stored))
                await _database.SortedSetAddAsync(right, stored, deadline);
            return;
        }

        var left = _database.ExecuteAsync("PTTL", keys.Item(entry.Key));
        var record = ExpirationEntry.RecordAsync(_database.StringGetAsync(keys.ExpirationRecord(entry.Key)));
        await Task.WhenAll(left, record);
        var (pttl, now) = ((long)await left, clock.Now);
        switch (ExpirationDecision.Decide(
            pttl, deadline, now, ExpirationDecision.ClockTolerance, stored, await record))
        {
            case EntryStatus.Expired:
                await ClaimAsync(entry, ExpirySource.Ttl, deadline);
                break;
            case EntryStatus.StillThere when !(await record).IsNull:
                await _database.SortedSetAddAsync(shard, stored, (double)now + pttl, When.Exists);
                break;
            default:
                // Replaced or removed by a client that did not get to remove the entry.
                await _database.SortedSetRemoveAsync(shard, stored);
                break;
        }
    }
}

using CacheDemo.Api.Diagnostics;
using CacheDemo.Api.Keyspace;
using CacheDemo.Redis;
using Microsoft.Extensions.Options;
using StackExchange.Redis;

namespace CacheDemo.Api.Expiration;

/// <summary>
/// Reads the entries that expire soon: those that this instance tracked, or one that is gone, are for
/// <see cref="ExpirationMonitor"/>. What others do not report in time, it finds by sweeping the shard; while no entry
/// is about to expire, it does not sweep.
/// </summary>
internal sealed class ExpirationSweeper(
    IConnectionMultiplexer redis, CacheKeys keys, ExpirationShards shards, RedisClock clock, CacheInstance instance,
    InstanceHeartbeat instances, ExpirationMonitor monitor, ExpirationClaims claims, BackgroundWork work,
    IOptions<ExpirationOptions> options) : BackgroundService
{
    /// <summary>
    /// How long before their deadline entries are read, in milliseconds: the interval of readings, and a second before
    /// the first check.
    /// </summary>
    private const int LookAhead = 5_000;

    private const int BatchSize = 1_000;

    /// <summary>A control message: an instance tracks entries that expire before others read them.</summary>
    private const string ExpiringSoon = "expiring";

    private static readonly TimeSpan AnnounceInterval = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan CountInterval = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan RetryInterval = TimeSpan.FromMilliseconds(50);

    private readonly IDatabase _database = redis.GetDatabase();
    private volatile bool _tracked = true, _announce, _subscribed;

    /// <summary>Whether Redis holds as many entries as are tracked at most.</summary>
    public bool IsFull { get; private set; }

    /// <summary>Takes note of an entry that was stored here.</summary>
    public void Add(ExpirationEntry entry)
    {
        _tracked = true;
        if (entry.Ttl * 1000L < LookAhead)
            _announce = true;
        // One with a later deadline is read in time.
        if (entry.Deadline <= shards.Of(entry.Key).ReadTo)
            monitor.Add(entry, entry.Deadline);
    }

    /// <summary>
    /// Takes note of an entry that may have been stored although Redis failed: it is swept, where it expires before it
    /// is read.
    /// </summary>
    public void AddInDoubt(ExpirationEntry entry)
    {
        if (entry.Ttl * 1000L < LookAhead)
            shards.Of(entry.Key).SweepNow(ExpirationShard.MonotonicNow + (entry.Ttl * 1000L));
    }

    /// <inheritdoc />
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        // Each shard by itself: one that hangs must not hold up the others.
        List<Task> watching = [];
        WatchAll();
        await Task.WhenAll(
            work.EveryAsync(
                "announcing entries that expire soon",
                AnnounceInterval,
                () =>
                {
                    WatchAll();
                    return AnnounceAsync();
                },
                stoppingToken),
            work.EveryAsync("counting entries", CountInterval, CountAsync, stoppingToken));
        await Task.WhenAll(watching);

        // In a cluster that is just known, there are more.
        void WatchAll()
        {
            var all = shards.All;
            while (watching.Count < all.Length)
                watching.Add(WatchAsync(all[watching.Count], stoppingToken));
        }
    }

    private Task WatchAsync(ExpirationShard shard, CancellationToken stopping) => work.RepeatAsync(
        "looking for expired entries",
        async () =>
        {
            try
            {
                if (shard.IsSweepDue)
                    await SweepAsync(shard);
                if (shard.IsReadingDue)
                    await ReadAsync(shard);
            }
            catch
            {
                shard.SweepNow();
                throw;
            }

            return shard.Wait;
        },
        RetryInterval,
        stopping,
        shard.Wake);

    // The entries that this instance tracked lately may expire before the others read them.
    private async Task AnnounceAsync()
    {
        if (!_subscribed)
            await redis.GetSubscriber().SubscribeOnceAsync(keys.Control, OnControlMessage);
        _subscribed = true;
        if (!_announce)
            return;
        _announce = false;
        try
        {
            await redis.GetSubscriber().PublishAsync(keys.Control, $"{ExpiringSoon} {instance.Id}");
        }
        catch
        {
            _announce = true;
            throw;
        }
    }

    private void OnControlMessage(RedisChannel channel, RedisValue message)
    {
        if (((string?)message)?.Split(' ') is not [ExpiringSoon, var sender] || sender == instance.Id)
            return;
        foreach (var shard in shards.All)
            shard.SweepNow(ExpirationShard.MonotonicNow + LookAhead);
    }

    private async Task CountAsync()
    {
        if (!_tracked && !IsFull)
            return;
        _tracked = false;
        var counts = await Task.WhenAll(shards.All.Select(shard => _database.SortedSetLengthAsync(shard.Key)));
        IsFull = counts.Sum() >= options.Value.MaxLives;
    }

    private async Task ReadAsync(ExpirationShard shard)
    {
        var (readTo, to) = (shard.ReadTo, clock.Now + LookAhead);
        shard.ReadTo = to; // first, for the entries that are added meanwhile
        try
        {
            var read = await PageAsync(shard, double.NegativeInfinity, to);
            if (read.Count == BatchSize)
            {
                // There are more: those that are overdue are left to the sweep.
                shard.SweepNow();
                var from = Math.Max(readTo, clock.Now - ExpirationShard.Overdue);
                read.RemoveAll(stored => stored.Deadline > from);
                int count;
                var skip = 0;
                do
                {
                    var page = await PageAsync(shard, from, to, skip);
                    read.AddRange(page);
                    count = page.Count;
                    skip += BatchSize;
                }
                while (count == BatchSize);
            }

            shard.OnRead();
            await HandleAsync(shard, read, readTo);
        }
        catch
        {
            shard.ReadTo = readTo;
            throw;
        }
    }

    private async Task<List<(ExpirationEntry? Entry, long Deadline)>> PageAsync(
        ExpirationShard shard, double from, long to, int skip = 0) =>
        [
            .. (await _database.SortedSetRangeByScoreWithScoresAsync(
                shard.Key, from, to, Exclude.Start, skip: skip, take: BatchSize))
                .Select(stored => (ExpirationEntry.FromRedis(stored.Element), (long)stored.Score)),
        ];

    private async Task HandleAsync(
        ExpirationShard shard, List<(ExpirationEntry? Entry, long Deadline)> read, long readTo)
    {
        var alive = read.Exists(stored => IsOfAnother(stored.Entry)) ? await AliveAsync() : null;
        var (now, offset) = (clock.Now, ExpirationShard.MonotonicNow - clock.Now);
        var swept = new List<long>();
        foreach (var (entry, deadline) in read)
        {
            var isMonitored = entry is not null && (!IsOfAnother(entry) || alive?.Contains(entry.Instance) is false);
            if (isMonitored && deadline > readTo)
                monitor.Add(entry!, deadline);
            // What was read before is monitored by now, unless that failed.
            else if (!isMonitored || deadline < now - ExpirationShard.Overdue)
                swept.Add(deadline + offset);
        }

        if (swept.Count > 0)
            shard.SweepAfter(swept.Min(), swept.Max());
    }

    private bool IsOfAnother(ExpirationEntry? entry) => entry?.IsOf(instance.Id) is false;

    // Null where the shard that knows is away: then all entries are left to their instances, and to the sweep.
    private async Task<HashSet<string>?> AliveAsync()
    {
        try
        {
            return await instances.AliveAsync();
        }
        catch (Exception e) when (RedisFailure.IsRedisFault(e))
        {
            return null;
        }
    }

    // Entries past their deadline that were not reported: their instance died or stalled, or Redis was away.
    private async Task SweepAsync(ExpirationShard shard)
    {
        await claims.SettleAsync(shard);
        var overdue = await _database.SortedSetRangeByScoreWithScoresAsync(
            shard.Key, stop: clock.Now - ExpirationShard.Overdue, take: BatchSize);
        if (overdue.Length > 0)
            shard.SweepAfter(ExpirationShard.MonotonicNow, ExpirationShard.MonotonicNow);
        await Task.WhenAll(overdue.Select(stored => SweepAsync(shard.Key, stored.Element, (long)stored.Score)));
    }

    private async Task SweepAsync(RedisKey shard, RedisValue stored, long deadline)
    {
        if (ExpirationEntry.FromRedis(stored) is not { } entry)
        {
            _database.SortedSetRemove(shard, stored, CommandFlags.FireAndForget);
            return;
        }

        if (shards.Of(entry.Key).Key is var right && right != shard)
        {
            // It was added before the server became, or was known as, a cluster.
            if (await _database.SortedSetRemoveAsync(shard, stored))
            {
                await _database.SortedSetAddAsync(right, stored, deadline);
                shards.Of(entry.Key).SweepNow();
            }

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
                await claims.ClaimAsync(entry, ExpirySource.Ttl, deadline);
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

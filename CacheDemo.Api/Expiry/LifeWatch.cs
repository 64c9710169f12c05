using System.Collections.Concurrent;
using System.Diagnostics;
using CacheDemo.Api.Cache;
using CacheDemo.Api.Diagnostics;
using CacheDemo.Api.Redis;
using Microsoft.Extensions.Options;
using StackExchange.Redis;

namespace CacheDemo.Api.Expiry;

/// <summary>
/// Tells of every life that ends, once, whichever instance sees it (docs/expiry.md). The instance that began a life watches its
/// last second; what nobody told of in time, every instance looks for. Whoever sees the end claims it, and Redis lets only one.
/// </summary>
internal sealed class LifeWatch(
    IConnectionMultiplexer redis, CacheKeys keys, LifeSets sets, RedisClock clock, CacheInstance instance, CacheTelemetry telemetry,
    RedisLoop loop, IOptions<ExpiryOptions> options) : BackgroundService
{
    /// <summary>How far clocks that were told by TIME may be apart, in milliseconds.</summary>
    public const int Slack = 50;

    /// <summary>
    /// So long before the end, in milliseconds, Redis is asked whether the key is still there: what is gone by then was evicted or
    /// removed. Twice, as the last look can come too late to tell.
    /// </summary>
    private const int FirstLook = 1_000, LastLook = 400;

    /// <summary>What is gone so shortly before its end has ended: clocks, and a look that comes late, err by less.</summary>
    private const int Doubt = 300;

    /// <summary>Lives are fetched from Redis so long before their end.</summary>
    private const int Ahead = 2_000;

    /// <summary>What is past its end for so long, its own instance does not tell of.</summary>
    private const int Overdue = 100;

    /// <summary>Shorter than <see cref="Doubt"/>: it is over before anybody looks for what is overdue.</summary>
    private static readonly TimeSpan NotificationGrace = TimeSpan.FromMilliseconds(200);

    /// <summary>A notification is heard at most so long after Redis sent it, in milliseconds.</summary>
    private const int NotificationDelay = 1_000;

    /// <summary>Marks a claim of a life of whose end Redis's notification was heard.</summary>
    private const char Notified = '!';

    private const int BatchSize = 1_000;
    private const string Claiming = "claiming what expires";
    private static readonly TimeSpan Tick = TimeSpan.FromMilliseconds(10);
    private static readonly TimeSpan FetchInterval = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan OverdueInterval = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan AliveInterval = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan AliveFor = TimeSpan.FromSeconds(3);

    /// <summary>How long it is known who claimed: longer than Redis is away, as a rule, between a claim and its answer.</summary>
    private static readonly TimeSpan ClaimedFor = TimeSpan.FromMinutes(1);

    private readonly IDatabase _database = redis.GetDatabase();
    private readonly ConcurrentQueue<Watched> _taken = new();
    private readonly PriorityQueue<Watched, long> _queue = new();
    private readonly ConcurrentDictionary<string, (Life Life, ExpirySource Source, long Ended)> _unanswered = new();
    private readonly ConcurrentDictionary<RedisKey, long> _fetchedTo = new();
    private HashSet<string> _alive = [];

    /// <summary>Whether Redis remembers as many lives as it may.</summary>
    public bool IsFull { get; private set; }

    // Due is in milliseconds of this machine's monotonic clock, to which PTTL adds. End is the same moment by Redis's
    // clock: the deadline, unless another client moved it.
    // Lead is how long before Due the next look is.
    private readonly record struct Watched(Life Life, long Due, long End, int Lead = FirstLook)
    {
        public long At => Due - Lead;
    }

    private static long Here => (long)Stopwatch.GetElapsedTime(0).TotalMilliseconds;

    /// <summary>Keeps watch on a life that began here; one that ends later is fetched from Redis in time.</summary>
    public void Take(Life life)
    {
        if (life.Deadline - clock.Now is var left && left < Ahead)
            _taken.Enqueue(new Watched(life, Here + left, life.Deadline));
    }

    /// <summary>Tells of the end of a life if nobody else does.</summary>
    /// <param name="life">The life; its key is gone.</param>
    /// <param name="source">What told of it here.</param>
    /// <param name="ended">When it ended, by Redis's clock: its deadline, unless another client moved that.</param>
    /// <param name="due">The same in milliseconds by <see cref="Here"/>, where that is known: it is more exact.</param>
    public async Task ClaimAsync(Life life, ExpirySource source, long ended, long? due = null)
    {
        var claim = keys.Claim(life.Id, life.Key);
        try
        {
            // Two steps: of the first it can be found out later whose it was, of the second that it was not done before.
            if (!await _database.StringSetAsync(claim, instance.Id, ClaimedFor, When.NotExists))
                return;
            if (!await _database.SortedSetRemoveAsync(sets.Of(life.Key), life.ToRedis()))
            {
                _database.KeyDelete(claim, CommandFlags.FireAndForget); // nothing was told now, and a notification must not pass for told
                return;
            }
        }
        catch (Exception e) when (RedisFailure.IsAway(e))
        {
            _unanswered[life.Id] = (life, source, ended);
            throw;
        }

        Tell(life, source, ended, due);
    }

    /// <summary>Whether a notification is of the expiry of this entry; reports the expiry where no other instance does.</summary>
    /// <param name="life">The life that may have ended.</param>
    /// <param name="heard">When the notification came, by Redis's clock.</param>
    public async Task<bool> NotifiedAsync(Life life, long heard)
    {
        var claim = keys.Claim(life.Id, life.Key);
        var ended = heard;
        try
        {
            var end = _database.SortedSetScoreAsync(sets.Of(life.Key), life.ToRedis());
            var claimed = _database.StringSetAsync(claim, instance.Id + Notified, ClaimedFor, When.NotExists);
            var claimant = _database.StringGetAsync(claim);
            var left = _database.ExecuteAsync("PTTL", claim);
            if (!await claimed)
            {
                // The expiry was reported. Redis notifies before it answers that a key is gone: what comes much later is of a value
                // that another client set, and so is what comes after the notification of this entry.
                var at = clock.Now + (long)await left - (long)ClaimedFor.TotalMilliseconds;
                return heard < at + NotificationDelay && !IsNotified(await claimant)
                    && !IsNotified(await _database.StringSetAndGetAsync(claim, $"{await claimant}{Notified}", null, keepTtl: true, When.Exists));
            }

            // Redis may notify late of a key that ended when it was to.
            if (await end is { } due && heard > due - Slack)
                ended = (long)due;

            // An entry that is no longer recorded, as after PERSIST, is reported when Redis notifies after all. Where it expired so
            // long ago that its claim has expired too, it was reported.
            var recorded = await _database.SortedSetRemoveAsync(sets.Of(life.Key), life.ToRedis());
            if (!recorded && clock.Now - life.Deadline > ClaimedFor.TotalMilliseconds)
                return false;
        }
        catch (Exception e) when (RedisFailure.IsAway(e))
        {
            _unanswered[life.Id] = (life, ExpirySource.Keyspace, ended);
            throw;
        }

        Tell(life, ExpirySource.Keyspace, ended);
        return true;
    }

    private static bool IsNotified(RedisValue claimant) => claimant.IsNull || ((string)claimant!).EndsWith(Notified);

    private void Tell(Life life, ExpirySource source, long ended, long? due = null)
    {
        var lag = due is { } at ? Here - at : clock.Now - ended;
        telemetry.Expired(life, life.Lived(ended), source, TimeSpan.FromMilliseconds(Math.Max(0, lag)));
    }

    // Redis went away before it answered a claim: it may have come through all the same.
    private async Task SettleAsync(RedisKey set)
    {
        foreach (var (id, (life, source, ended)) in _unanswered)
        {
            if (sets.Of(life.Key) != set)
                continue;
            var mine = ((string?)await _database.StringGetAsync(keys.Claim(id, life.Key)))?.TrimEnd(Notified) == instance.Id;
            if (!_unanswered.TryRemove(id, out _) || !mine)
                continue;

            await _database.SortedSetRemoveAsync(set, life.ToRedis(), CommandFlags.FireAndForget);
            Tell(life, source, ended);
        }
    }

    // Each set by itself: one whose shard hangs must not hold up the others.
    protected override Task ExecuteAsync(CancellationToken stoppingToken) => Task.WhenAll(
    [
        loop.EveryAsync(Claiming, Tick, WatchAsync, stoppingToken),
        loop.EveryAsync("saying that this instance is up", AliveInterval, SayAliveAsync, stoppingToken),
        .. Enumerable.Range(0, LifeSets.Most).SelectMany(set => new[]
        {
            loop.EveryAsync("fetching what expires soon", FetchInterval, () => WithSetAsync(set, FetchAsync), stoppingToken),
            loop.EveryAsync("catching up with what expired", OverdueInterval, () => WithSetAsync(set, CatchUpAsync), stoppingToken),
        }),
    ]);

    private Task WithSetAsync(int set, Func<RedisKey, Task> work) => set < sets.All.Length ? work(sets.All[set]) : Task.CompletedTask;

    // The instances that are up, how many lives there are, and what time it is.
    private async Task SayAliveAsync()
    {
        await clock.SynchronizeAsync();
        var now = clock.Now;
        var said = _database.SortedSetAddAsync(keys.Instances, instance.Id, now);
        var forgotten = _database.SortedSetRemoveRangeByScoreAsync(keys.Instances, double.NegativeInfinity, now - AliveFor.TotalMilliseconds);
        var alive = _database.SortedSetRangeByRankAsync(keys.Instances);
        var lives = Task.WhenAll(sets.All.Select(set => _database.SortedSetLengthAsync(set)));
        await Task.WhenAll(said, forgotten, alive, lives);

        _alive = [.. (await alive).Select(id => (string)id!)];
        IsFull = (await lives).Sum() >= options.Value.MaxLives;
    }

    // Lives that end soon: those that began here, and those whose instance is gone.
    private async Task FetchAsync(RedisKey set)
    {
        var to = clock.Now + Ahead;
        var here = Here - clock.Now;
        foreach (var entry in await _database.SortedSetRangeByScoreWithScoresAsync(set, _fetchedTo.GetValueOrDefault(set), to, Exclude.Start))
        {
            if (Life.FromRedis(entry.Element) is { } life && (life.IsOf(instance.Id) || !_alive.Contains(life.Instance)))
                _taken.Enqueue(new Watched(life, here + (long)entry.Score, (long)entry.Score));
        }

        _fetchedTo[set] = to;
    }

    private Task WatchAsync()
    {
        while (_taken.TryDequeue(out var taken))
            _queue.Enqueue(taken, taken.At);

        var due = new List<Watched>();
        while (_queue.TryPeek(out var next, out var at) && at <= Here)
        {
            due.Add(next);
            _queue.Dequeue();
        }

        // Not waited for: a shard that hangs holds up its own alone.
        foreach (var ofOneSet in due.GroupBy(watched => sets.Of(watched.Life.Key)))
        {
            foreach (var batch in ofOneSet.Chunk(BatchSize))
                _ = loop.TryAsync(Claiming, () => LookAsync(batch));
        }

        return Task.CompletedTask;
    }

    // What fails here is caught up with when Redis, or this shard of it, is back.
    private async Task LookAsync(Watched[] due)
    {
        var left = await Task.WhenAll(due.Select(watched => _database.ExecuteAsync("PTTL", keys.Item(watched.Life.Key))));
        var now = Here;
        var ended = new List<Watched>();
        foreach (var (watched, milliseconds) in due.Zip(left, (watched, left) => (watched, (long)left)))
        {
            if (milliseconds == -2 && (watched.Lead == 0 || watched.Due - Doubt <= now))
            {
                ended.Add(watched);
            }
            else if (milliseconds < 0)
            {
                // Gone before its end, or no longer to end (PERSIST): there is nothing to tell.
                _ = ForgetAsync(watched.Life);
            }
            else
            {
                var lead = milliseconds > FirstLook ? FirstLook : milliseconds > LastLook ? LastLook : 0;
                var next = watched with { Due = now + milliseconds + 1, Lead = lead };
                if (milliseconds > LastLook + Slack && next.Due > watched.Due + Slack)
                {
                    next = next with { End = clock.Now + milliseconds };
                    var set = sets.Of(next.Life.Key);
                    _database.SortedSetAdd(set, next.Life.ToRedis(), next.End, When.Exists, CommandFlags.FireAndForget);
                }

                _taken.Enqueue(next);
            }
        }

        await Task.WhenAll(
            ended.Select(watched => ClaimAsync(watched.Life, ExpirySource.Ttl, watched.End, watched.Due)));
    }

    // Looking at a key that redis-cli cut short is what makes Redis notice, and notify: whoever hears that may still claim it.
    private async Task ForgetAsync(Life life)
    {
        await Task.Delay(NotificationGrace);
        _database.SortedSetRemove(sets.Of(life.Key), life.ToRedis(), CommandFlags.FireAndForget);
    }

    // What is past its end and still not told of: its instance died or stalled, or Redis was away.
    private async Task CatchUpAsync(RedisKey set)
    {
        await SettleAsync(set);
        var late = await _database.SortedSetRangeByScoreWithScoresAsync(
            set, double.NegativeInfinity, clock.Now - Overdue, take: BatchSize);
        if (late.Length == 0)
            return;

        var lives = late
            .Select(entry => (InRedis: entry.Element, Life: Life.FromRedis(entry.Element), End: (long)entry.Score))
            .ToList();
        foreach (var (inRedis, _, _) in lives.Where(entry => entry.Life is null))
            _database.SortedSetRemove(set, inRedis, CommandFlags.FireAndForget);

        await Task.WhenAll(lives.Where(entry => entry.Life is not null).Select(async entry =>
        {
            var life = entry.Life!;
            if (sets.Of(life.Key) is var right && right != set)
            {
                // It was entered before this became, or was known to be, a cluster.
                if (await _database.SortedSetRemoveAsync(set, entry.InRedis))
                    await _database.SortedSetAddAsync(right, entry.InRedis, entry.End);
                return;
            }

            var left = _database.ExecuteAsync("PTTL", keys.Item(life.Key));
            var last = Life.RecordAsync(_database.StringGetAsync(keys.Life(life.Key)));
            var milliseconds = (long)await left;
            if (milliseconds >= 0 && await last == entry.InRedis)
            {
                await _database.SortedSetAddAsync(set, entry.InRedis, (double)clock.Now + milliseconds, When.Exists);
            }
            else if (milliseconds == -2 && (await last == entry.InRedis || (await last).IsNull))
            {
                await ClaimAsync(life, ExpirySource.Ttl, entry.End);
            }
            else
            {
                // Another life took its place, or it was deleted, and whoever did that did not get to say so.
                await _database.SortedSetRemoveAsync(set, entry.InRedis);
            }
        }));
    }
}

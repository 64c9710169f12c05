using System.Threading.Channels;
using CacheDemo.Api.Cache;
using CacheDemo.Api.Diagnostics;
using CacheDemo.Api.Redis;
using StackExchange.Redis;

namespace CacheDemo.Api.Expiry;

/// <summary>
/// Hears Redis's notifications of expired keys, where they are on: for lives that others cut short and for keys that others
/// set. Everything else <see cref="LifeWatch"/> finds without.
/// </summary>
internal sealed class KeyspaceListener(
    IConnectionMultiplexer redis, CacheKeys keys, RedisClock clock, CacheInstance instance, LifeWatch watch, CacheTelemetry telemetry,
    RedisLoop loop) : BackgroundService
{
    /// <summary>
    /// The time to live of the counts of notifications, and of the expired entry that a SET replaced: longer than an instance lags
    /// behind.
    /// </summary>
    public static readonly TimeSpan Memory = TimeSpan.FromSeconds(10);

    private static readonly TimeSpan SubscribeInterval = TimeSpan.FromSeconds(1);

    private const int MaxHeard = 100_000, MaxAtOnce = 16;

    /// <summary>By then, whoever set the key anew has stored the expired entry that it replaced.</summary>
    private static readonly TimeSpan Settled = TimeSpan.FromMilliseconds(200);

    /// <summary>How far an instance may be behind the others in hearing what Redis notifies.</summary>
    private static readonly TimeSpan Lag = TimeSpan.FromSeconds(1);

    private readonly IDatabase _database = redis.GetDatabase();
    private readonly Channel<(string Key, long At)> _heard = Channel.CreateBounded<(string, long)>(
        new BoundedChannelOptions(MaxHeard) { FullMode = BoundedChannelFullMode.DropOldest, SingleReader = true });
    private volatile bool _subscribed;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        const string Subscribing = "subscribing to expired keys";
        // StackExchange.Redis 3.4 does not subscribe anew to keyspace notifications where it connects anew.
        redis.ConnectionRestored += (_, _) => _subscribed = false;
        await loop.TryAsync(Subscribing, StaySubscribedAsync, stoppingToken);
        await Task.WhenAll(
            loop.EveryAsync(Subscribing, SubscribeInterval, StaySubscribedAsync, stoppingToken), TellAsync(stoppingToken));
    }

    private async Task StaySubscribedAsync()
    {
        if (_subscribed)
            return;

        _subscribed = true; // first, as the connection may be made anew meanwhile
        try
        {
            var channel = RedisChannel.KeyEvent(KeyNotificationType.Expired, _database.Database);
            await redis.GetSubscriber().SubscribeOnceAsync(channel, Hear);
        }
        catch
        {
            _subscribed = false;
            throw;
        }
    }

    // What fails, the watch catches up with; of others' keys nobody promised.
    private Task TellAsync(CancellationToken stopping) => Parallel.ForEachAsync(
        _heard.Reader.ReadAllAsync(stopping),
        new ParallelOptions { MaxDegreeOfParallelism = MaxAtOnce, CancellationToken = stopping },
        async (heard, stop) => await loop.TryAsync("telling of what expired", () => TellAsync(heard.Key, heard.At), stop));

    private void Hear(RedisChannel channel, RedisValue message)
    {
        if (KeyNotification.TryParse(channel, message, out var notification) && keys.Name(notification.GetKey()) is { } key)
            _heard.Writer.TryWrite((key, clock.Now));
    }

    // A notification reports one expiry: of an entry that was set through the API and is recorded in Redis, or of one that another
    // client set.
    private async Task TellAsync(string key, long at)
    {
        if (!await IsFirstAsync(key))
            return;

        var last = Life.RecordAsync(_database.StringGetAsync(keys.Life(key)));
        var before = Life.RecordAsync(_database.StringGetAsync(keys.LifeBefore(key)));
        var left = _database.ExecuteAsync("PTTL", keys.Item(key));
        await Task.WhenAll(last, before, left);
        var life = Life.FromRedis(await last);
        if (life is not null && (long)await left != -2 && at < life.Deadline - LifeWatch.Slack)
        {
            // It goes on: the end was that of the one before.
            if (at < life.Beginning + Settled.TotalMilliseconds)
            {
                await Task.Delay(Settled);
                before = Life.RecordAsync(_database.StringGetAsync(keys.LifeBefore(key)));
            }

            life = null;
        }

        if (life is not null && await watch.NotifiedAsync(life, at))
            return;
        if (Life.FromRedis(await before) is { } ended && await watch.NotifiedAsync(ended, at))
            return;
        telemetry.Expired(
            new Life(clock.Now, "other-0", 0, default, key), lived: 0, ExpirySource.Keyspace, TimeSpan.Zero);
    }

    // All instances hear of each end, at different moments, and a key may end often. Who is the first to have heard of so many tells.
    private async Task<bool> IsFirstAsync(string key)
    {
        var heard = keys.Heard(key);
        var together = _database.CreateTransaction();
        var mine = together.HashIncrementAsync(heard, instance.Id);
        var counts = together.HashGetAllAsync(heard);
        _ = together.KeyExpireAsync(heard, Memory);
        await together.ExecuteAsync();

        var others = (await counts).Where(count => count.Name != instance.Id);
        var most = others.Select(count => (long)count.Value).DefaultIfEmpty().Max();
        if (await mine == 1 && most > 1)
            _ = loop.TryAsync("counting what expired", () => CatchUpAsync(heard, most));
        return await mine > most;
    }

    // An instance that begins to listen is level with the others from then on. One that only lags will hear of the next end too, and
    // must not count it ahead of them.
    private async Task CatchUpAsync(RedisKey heard, long most)
    {
        await Task.Delay(Lag);
        var together = _database.CreateTransaction();
        together.AddCondition(Condition.HashEqual(heard, instance.Id, 1));
        _ = together.HashSetAsync(heard, instance.Id, most);
        await together.ExecuteAsync();
    }
}

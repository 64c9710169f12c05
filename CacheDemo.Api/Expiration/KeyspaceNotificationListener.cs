using System.Threading.Channels;
using CacheDemo.Api.Diagnostics;
using CacheDemo.Api.Keyspace;
using CacheDemo.Redis;
using StackExchange.Redis;

namespace CacheDemo.Api.Expiration;

/// <summary>
/// Receives keyspace notifications of expired keys, where they are enabled: for entries whose ttl another client
/// shortened and for keys that another client set. <see cref="ExpirationMonitor"/> notices everything else without
/// them.
/// </summary>
internal sealed class KeyspaceNotificationListener(
    IConnectionMultiplexer redis, CacheKeys keys, RedisClock clock, CacheInstance instance, ExpirationClaims claims,
    ExpirationReporter reporter, BackgroundWork work) : BackgroundService
{
    /// <summary>
    /// The ttl of notification counts, and of the expired entry that a SET replaced: longer than an instance lags
    /// behind.
    /// </summary>
    public static readonly TimeSpan KeptFor = TimeSpan.FromSeconds(10);

    private const string Counting = "counting keyspace notifications";

    private const int MaxQueued = 100_000, MaxConcurrency = 16;

    private static readonly TimeSpan SubscribeInterval = TimeSpan.FromSeconds(1);

    /// <summary>How long after a SET the expired entry that it replaced is stored.</summary>
    private static readonly TimeSpan MaxSetDelay = TimeSpan.FromMilliseconds(200);

    /// <summary>How far an instance may lag behind the others in receiving notifications.</summary>
    private static readonly TimeSpan MaxLag = TimeSpan.FromSeconds(1);

    private readonly IDatabase _database = redis.GetDatabase();
    private readonly Channel<(string Key, long At)> _received = Channel.CreateBounded<(string, long)>(
        new BoundedChannelOptions(MaxQueued) { FullMode = BoundedChannelFullMode.DropOldest, SingleReader = true });
    private volatile bool _subscribed;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        const string Subscribing = "subscribing to expired keys";
        // StackExchange.Redis 3.4 does not restore subscriptions to keyspace notifications after a reconnect.
        redis.ConnectionRestored += (_, _) => _subscribed = false;
        await work.TryAsync(Subscribing, SubscribeAsync, stoppingToken);
        await Task.WhenAll(
            work.EveryAsync(Subscribing, SubscribeInterval, SubscribeAsync, stoppingToken),
            HandleAllAsync(stoppingToken));
    }

    private async Task SubscribeAsync()
    {
        if (_subscribed)
            return;

        _subscribed = true; // first, as the connection may be restored meanwhile
        try
        {
            var channel = RedisChannel.KeyEvent(KeyNotificationType.Expired, _database.Database);
            await redis.GetSubscriber().SubscribeOnceAsync(channel, OnNotification);
        }
        catch
        {
            _subscribed = false;
            throw;
        }
    }

    private void OnNotification(RedisChannel channel, RedisValue message)
    {
        if (KeyNotification.TryParse(channel, message, out var notification)
            && keys.Name(notification.GetKey()) is { } key)
        {
            _received.Writer.TryWrite((key, clock.Now));
        }
    }

    // The monitor finds what fails here, except keys that other clients set.
    private Task HandleAllAsync(CancellationToken stopping) => Parallel.ForEachAsync(
        _received.Reader.ReadAllAsync(stopping),
        new ParallelOptions { MaxDegreeOfParallelism = MaxConcurrency, CancellationToken = stopping },
        async (received, canceled) => await work.TryAsync(
            "handling keyspace notifications", () => HandleAsync(received.Key, received.At), canceled));

    // A notification is of one expiration: of an entry that was set through the API, or of a key that another client
    // set.
    private async Task HandleAsync(string key, long at)
    {
        if (!await IsFirstAsync(key))
            return;

        var last = ExpirationEntry.RecordAsync(_database.StringGetAsync(keys.ExpirationRecord(key)));
        var previous = PreviousAsync(key);
        var left = _database.ExecuteAsync("PTTL", keys.Item(key));
        await Task.WhenAll(last, previous, left);

        var entry = ExpirationEntry.FromRedis(await last);
        if (entry is not null && (long)await left != ExpirationDecision.NoKey
            && at < entry.Deadline - ExpirationDecision.ClockTolerance)
        {
            // The notification is of the entry that this one replaced, which may not be stored yet.
            if (at < entry.StoredAt + MaxSetDelay.TotalMilliseconds)
            {
                await Task.Delay(MaxSetDelay);
                previous = PreviousAsync(key);
            }

            entry = null;
        }

        if (entry is not null && await claims.ClaimNotifiedAsync(entry, at))
            return;
        if (ExpirationEntry.FromRedis(await previous) is { } replaced && await claims.ClaimNotifiedAsync(replaced, at))
            return;
        reporter.Report(key, set: default, ttl: 0, ExpirySource.Keyspace, TimeSpan.Zero);
    }

    private Task<RedisValue> PreviousAsync(string key) =>
        ExpirationEntry.RecordAsync(_database.StringGetAsync(keys.PreviousExpirationRecord(key)));

    // Every instance receives each notification, at different times, and a key may expire often. The instance that is
    // the first to have received so many reports.
    private async Task<bool> IsFirstAsync(string key)
    {
        var counts = keys.NotificationCounts(key);
        var transaction = _database.CreateTransaction();
        var mine = transaction.HashIncrementAsync(counts, instance.Id);
        var all = transaction.HashGetAllAsync(counts);
        _ = transaction.KeyExpireAsync(counts, KeptFor);
        await transaction.ExecuteAsync();

        var others = (await all).Where(count => count.Name != instance.Id);
        var most = others.Select(count => (long)count.Value).DefaultIfEmpty().Max();
        if (await mine == 1 && most > 1)
            _ = work.TryAsync(Counting, () => CatchUpAsync(counts, most));
        return await mine > most;
    }

    // An instance that begins to listen is level with the others from then on. One that only lags will receive the next
    // notification too, and must not count it ahead of them.
    private async Task CatchUpAsync(RedisKey counts, long most)
    {
        await Task.Delay(MaxLag);
        // Not a transaction with a condition: the client blocks the connection and a thread until Redis answered it.
        if (await _database.HashGetAsync(counts, instance.Id) == 1)
            await _database.HashIncrementAsync(counts, instance.Id, most - 1);
    }
}

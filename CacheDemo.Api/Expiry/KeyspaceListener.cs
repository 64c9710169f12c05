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
    IConnectionMultiplexer redis, CacheKeys keys, RedisClock clock, LifeWatch watch, CacheTelemetry telemetry, RedisLoop loop) : BackgroundService
{
    private const int MaxHeard = 100_000;
    private static readonly TimeSpan ToldFor = TimeSpan.FromSeconds(2);

    private static readonly TimeSpan SubscribeInterval = TimeSpan.FromSeconds(1);

    private readonly Channel<string> _heard = Channel.CreateBounded<string>(
        new BoundedChannelOptions(MaxHeard) { FullMode = BoundedChannelFullMode.DropOldest, SingleReader = true });

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var database = redis.GetDatabase();
        var channel = RedisChannel.KeyEvent(KeyNotificationType.Expired, database.Database);
        await SubscribeAsync(channel, stoppingToken);

        await foreach (var key in _heard.Reader.ReadAllAsync(stoppingToken))
        {
            // What fails, the watch catches up with; of others' keys nobody promised.
            await loop.TryAsync("telling of what expired", () => TellAsync(database, key), stoppingToken);
        }
    }

    private async Task SubscribeAsync(RedisChannel channel, CancellationToken stopping)
    {
        while (!stopping.IsCancellationRequested)
        {
            if (await loop.TryAsync("subscribing to expired keys", () => redis.GetSubscriber().SubscribeOnceAsync(channel, Hear), stopping))
                return;
            await Task.Delay(SubscribeInterval, stopping);
        }
    }

    private void Hear(RedisChannel channel, RedisValue message)
    {
        if (KeyNotification.TryParse(channel, message, out var notification) && keys.Name(notification.GetKey()) is { } key)
            _heard.Writer.TryWrite(key);
    }

    private async Task TellAsync(IDatabase database, string key)
    {
        var left = database.ExecuteAsync("PTTL", keys.Item(key));
        var last = await database.StringGetAsync(keys.Life(key));
        if ((long)await left != -2)
            return; // set anew since; who did so found the old life

        if (Life.FromRedis(last) is { } life)
            await watch.ClaimAsync(life, ExpirySource.Keyspace);
        else if (last.IsNull && await database.StringSetAsync(keys.Told(key), 1, ToldFor, When.NotExists))
            telemetry.Expired(new Life(clock.Now, "other-0", 0, default, key), ExpirySource.Keyspace, TimeSpan.Zero);
    }
}

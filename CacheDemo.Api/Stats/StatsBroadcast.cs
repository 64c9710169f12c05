using System.Diagnostics;
using System.Text.Json;
using CacheDemo.Api.Feed;
using CacheDemo.Api.Redis;

namespace CacheDemo.Api.Stats;

/// <summary>Sends the numbers to this instance's viewers, every two seconds; while nobody watches it does nothing.</summary>
internal sealed class StatsBroadcast(StatsReader stats, CacheFeed feed, RedisLoop loop) : BackgroundService
{
    private const string Name = "stats";

    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(2), Tick = TimeSpan.FromMilliseconds(200);

    private long _sentAt;

    /// <summary>Sends them at the next tick, as after a reset.</summary>
    public void Refresh() => Volatile.Write(ref _sentAt, 0);

    /// <inheritdoc />
    protected override Task ExecuteAsync(CancellationToken stoppingToken) => loop.EveryAsync(
        "sending the numbers", Tick, SendAsync, stoppingToken);

    private async Task SendAsync()
    {
        if (!feed.HasViewers)
        {
            feed.Forget(Name);
            Refresh();
            return;
        }

        if (Stopwatch.GetElapsedTime(Volatile.Read(ref _sentAt)) < Interval)
            return;
        Volatile.Write(ref _sentAt, Stopwatch.GetTimestamp());
        feed.Send(Name, JsonSerializer.Serialize(await stats.ReadAsync(), StatsJson.Default.StatsResponse));
    }
}

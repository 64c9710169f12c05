using System.Diagnostics;
using System.Text.Json;
using CacheDemo.Api.Events;
using CacheDemo.Redis;

namespace CacheDemo.Api.Stats;

/// <summary>
/// Sends the numbers to the viewers of this instance every two seconds; without viewers it does nothing.
/// </summary>
internal sealed class StatsBroadcast(StatsReader stats, EventBroadcaster broadcaster, BackgroundWork work)
    : BackgroundService
{
    private const string Name = "stats";

    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(2), Tick = TimeSpan.FromMilliseconds(200);

    private long _sentAt;

    /// <summary>Sends the numbers at the next tick, as after a reset.</summary>
    public void Refresh() => Volatile.Write(ref _sentAt, 0);

    /// <inheritdoc />
    protected override Task ExecuteAsync(CancellationToken stoppingToken) => work.EveryAsync(
        "sending the numbers", Tick, SendAsync, stoppingToken);

    private async Task SendAsync()
    {
        if (!broadcaster.HasViewers)
        {
            broadcaster.Forget(Name);
            Refresh();
            return;
        }

        if (Stopwatch.GetElapsedTime(Volatile.Read(ref _sentAt)) < Interval)
            return;
        Volatile.Write(ref _sentAt, Stopwatch.GetTimestamp());
        broadcaster.Send(Name, JsonSerializer.Serialize(await stats.ReadAsync(), StatsJson.Default.StatsResponse));
    }
}

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

    private readonly SemaphoreSlim _wake = new(0);
    private long _sentAt;

    /// <summary>Sends the numbers at once, as after a reset.</summary>
    public void Refresh()
    {
        Volatile.Write(ref _sentAt, 0);
        _wake.Release();
    }

    /// <inheritdoc />
    protected override Task ExecuteAsync(CancellationToken stoppingToken)
    {
        broadcaster.ViewerAdded += () => _wake.Release();
        return work.RepeatAsync("sending the numbers", SendAsync, Tick, stoppingToken, _wake);
    }

    // Returns the time until they are sent again.
    private async Task<TimeSpan> SendAsync()
    {
        if (!broadcaster.HasViewers)
        {
            broadcaster.Forget(Name);
            Volatile.Write(ref _sentAt, 0);
        }
        else if (Interval - Stopwatch.GetElapsedTime(Volatile.Read(ref _sentAt)) is { Ticks: > 0 } wait)
        {
            return wait;
        }
        else
        {
            Volatile.Write(ref _sentAt, Stopwatch.GetTimestamp());
            var numbers = await stats.ReadAsync();
            broadcaster.Send(Name, JsonSerializer.Serialize(numbers, StatsJson.Default.StatsResponse));
        }

        return Interval;
    }
}

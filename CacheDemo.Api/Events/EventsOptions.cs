using System.ComponentModel.DataAnnotations;

namespace CacheDemo.Api.Events;

/// <summary>Options of the event stream, section <c>Feed</c>.</summary>
internal sealed class EventsOptions
{
    /// <summary>Seconds between heartbeats, which keep an idle stream open in proxies. The page waits 45 s.</summary>
    [Range(1, 30)]
    public int HeartbeatSeconds { get; set; } = 15;

    /// <summary>Events that an instance sends in 100 ms; of more it sends samples with counts.</summary>
    [Range(1, 1000)]
    public int EventsPerTick { get; set; } = 20;

    /// <summary>The most viewers of an instance; another one gets 503.</summary>
    [Range(1, 100_000)]
    public int MaxViewers { get; set; } = 2_000;
}

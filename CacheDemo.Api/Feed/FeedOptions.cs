using System.ComponentModel.DataAnnotations;

namespace CacheDemo.Api.Feed;

/// <summary>Options of the feed, section <c>Feed</c>.</summary>
internal sealed class FeedOptions
{
    /// <summary>Seconds between signs of life, so that proxies keep an idle stream open.</summary>
    [Range(1, 60)]
    public int HeartbeatSeconds { get; set; } = 15;

    /// <summary>Events that an instance passes on in a tenth of a second; of more it passes on samples with counts.</summary>
    [Range(1, 1000)]
    public int EventsPerTick { get; set; } = 20;

    /// <summary>Viewers of an instance; one more is answered 503.</summary>
    [Range(1, 100_000)]
    public int MaxViewers { get; set; } = 2_000;
}

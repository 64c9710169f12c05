using System.ComponentModel.DataAnnotations;

namespace CacheDemo.Frontend.Limits;

/// <summary>Options of the rate limits of each client address, section <c>RateLimit</c>.</summary>
internal sealed class RateLimitOptions
{
    /// <summary>
    /// Whether requests and streams are limited; off for measurements, which send everything from one address.
    /// </summary>
    public bool Enabled { get; set; } = true;

    /// <summary>
    /// Requests a second on average. It allows for an office behind one address, and is a fiftieth of what one
    /// instance of the page's host serves.
    /// </summary>
    [Range(1, 1_000_000)]
    public int RequestsPerSecond { get; set; } = 200;

    /// <summary>Requests at once after a pause. Loading the page takes some forty.</summary>
    [Range(1, 1_000_000)]
    public int Burst { get; set; } = 1_000;

    /// <summary>Open streams of <c>/api/events</c>; a visible window has one.</summary>
    [Range(1, 100_000)]
    public int Streams { get; set; } = 100;
}

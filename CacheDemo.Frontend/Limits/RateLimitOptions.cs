using System.ComponentModel.DataAnnotations;

namespace CacheDemo.Frontend.Limits;

/// <summary>Options of the rate limits, section <c>RateLimit</c>. Each holds per client address.</summary>
internal sealed class RateLimitOptions
{
    /// <summary>
    /// Whether there are limits on requests and streams; off for measurements, which send everything from one address.
    /// </summary>
    public bool Enabled { get; set; } = true;

    /// <summary>
    /// Requests a second in the long run. A window of the page holds one stream: this is for an office behind one
    /// address, and still a hundredth of what one instance of the API serves.
    /// </summary>
    [Range(1, 1_000_000)]
    public int RequestsPerSecond { get; set; } = 200;

    /// <summary>Requests at once after a pause. Opening the page takes some forty.</summary>
    [Range(1, 1_000_000)]
    public int Burst { get; set; } = 1_000;

    /// <summary>Streams of <c>/api/events</c> open at once; a window that is looked at has one.</summary>
    [Range(1, 100_000)]
    public int Streams { get; set; } = 100;
}

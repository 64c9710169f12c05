using System.ComponentModel.DataAnnotations;

namespace CacheDemo.Api.Expiration;

/// <summary>Options of expiration tracking, section <c>Expiry</c>.</summary>
internal sealed class ExpirationOptions
{
    /// <summary>
    /// How many entries are tracked at most; the expirations of more are not reported, and counted as dropped.
    /// </summary>
    [Range(0, 100_000_000)]
    public int MaxLives { get; set; } = 2_000_000;
}

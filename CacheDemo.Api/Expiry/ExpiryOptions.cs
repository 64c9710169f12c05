using System.ComponentModel.DataAnnotations;

namespace CacheDemo.Api.Expiry;

/// <summary>Options of the watch on lives, section <c>Expiry</c>.</summary>
internal sealed class ExpiryOptions
{
    /// <summary>Lives that Redis remembers at most; the ends of more are not told of, and counted as dropped.</summary>
    [Range(0, 100_000_000)]
    public int MaxLives { get; set; } = 2_000_000;

    /// <summary>For how long after its end a key's last life is known, in seconds: for the reason of a miss, and to catch up after all instances were down.</summary>
    [Range(1, 30 * 24 * 60 * 60)]
    public int RememberSeconds { get; set; } = 3600;
}

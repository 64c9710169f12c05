using System.ComponentModel.DataAnnotations;

namespace CacheDemo.Api.Cache;

/// <summary>Options of the cache, section <c>Cache</c>.</summary>
internal sealed class CacheOptions : IValidatableObject
{
    /// <summary>The section.</summary>
    public const string Section = "Cache";

    /// <summary>Stands before every key in Redis, so that nobody reads somebody else's keys through the API.</summary>
    public string Prefix { get; set; } = "cachedemo:";

    /// <summary>Longest key, in bytes of UTF-8.</summary>
    [Range(1, 4096)]
    public int MaxKeyBytes { get; set; } = 512;

    /// <summary>Largest value, in bytes of UTF-8.</summary>
    [Range(1, 16 * 1024 * 1024)]
    public int MaxValueBytes { get; set; } = 1024 * 1024;

    /// <summary>Life of a key that is set without a ttl, in seconds.</summary>
    [Range(1, int.MaxValue)]
    public int DefaultTtl { get; set; } = 60;

    /// <summary>Longest life, in seconds.</summary>
    [Range(1, int.MaxValue)]
    public int MaxTtl { get; set; } = 30 * 24 * 60 * 60;

    /// <summary>Whether spans and log lines name the key; values they never have.</summary>
    public bool KeysInTelemetry { get; set; } = true;

    /// <summary>What a request body may take: JSON writes a byte of a value in at most six (<c>\u0000</c>).</summary>
    public long MaxRequestBytes => 6L * (MaxKeyBytes + MaxValueBytes) + 4096;

    /// <summary>
    /// What a request line may take: percent-encoding writes a byte of a key in three, and a glob one more, escaped as well. With
    /// all else that is in a line, no shorter than Kestrel's own limit.
    /// </summary>
    public int MaxRequestLineBytes => (6 * MaxKeyBytes) + (8 * 1024);

    /// <inheritdoc />
    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (string.IsNullOrWhiteSpace(Prefix) || Prefix.Any(char.IsControl))
        {
            yield return new($"{Section}:{nameof(Prefix)}={Prefix} is not text without control characters: "
                + "it keeps other people's keys out of the API's reach.");
        }

        if (DefaultTtl > MaxTtl)
            yield return new($"{Section}:{nameof(DefaultTtl)}={DefaultTtl} is not from 1 to {MaxTtl}, which is {Section}:{nameof(MaxTtl)}.");
    }
}

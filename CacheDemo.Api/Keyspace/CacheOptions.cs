using System.ComponentModel.DataAnnotations;
using System.Text;

namespace CacheDemo.Api.Keyspace;

/// <summary>Options of the cache, section <c>Cache</c>.</summary>
internal sealed class CacheOptions : IValidatableObject
{
    /// <summary>The section.</summary>
    public const string Section = "Cache";

    /// <summary>The prefix of every key in Redis: the API reads and writes no other keys.</summary>
    public string Prefix { get; set; } = "cachedemo:";

    /// <summary>Longest key, in bytes of UTF-8.</summary>
    [Range(1, 4096)]
    public int MaxKeyBytes { get; set; } = 512;

    /// <summary>Largest value, in bytes of UTF-8.</summary>
    [Range(1, 16 * 1024 * 1024)]
    public int MaxValueBytes { get; set; } = 1024 * 1024;

    /// <summary>The ttl of a key that is set without one, in seconds.</summary>
    [Range(1, int.MaxValue)]
    public int DefaultTtl { get; set; } = 60;

    /// <summary>Longest ttl, in seconds.</summary>
    [Range(1, int.MaxValue)]
    public int MaxTtl { get; set; } = 30 * 24 * 60 * 60;

    /// <summary>Whether spans and log lines contain the key. They never contain the value.</summary>
    public bool KeysInTelemetry { get; set; } = true;

    /// <summary>
    /// Largest request body, in bytes: JSON writes one byte of a value in at most six (<c>\u0000</c>).
    /// </summary>
    public long MaxRequestBytes => 6L * (MaxKeyBytes + MaxValueBytes) + 4096;

    /// <summary>
    /// Longest request line, in bytes: percent-encoding writes one byte of a key in three, and a glob adds an escape,
    /// also encoded. The rest of the line has Kestrel's default limit.
    /// </summary>
    public int MaxRequestLineBytes => (6 * MaxKeyBytes) + (8 * 1024);

    /// <summary>
    /// What is wrong with a key; null where it is valid: 1 to <see cref="MaxKeyBytes"/> bytes, no control characters.
    /// </summary>
    public string? KeyProblem(string? key)
    {
        if (string.IsNullOrEmpty(key))
            return "The key is missing or empty.";
        if (Encoding.UTF8.GetByteCount(key) is var bytes && bytes > MaxKeyBytes)
            return $"The key is {bytes} bytes of UTF-8; at most {MaxKeyBytes} are allowed.";
        foreach (var c in key)
        {
            if (char.IsControl(c))
                return $"The key has a control character (U+{(int)c:X4}).";
        }

        return null;
    }

    /// <inheritdoc />
    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (string.IsNullOrWhiteSpace(Prefix) || Prefix.Any(char.IsControl))
        {
            yield return new($"{Section}:{nameof(Prefix)}={Prefix} is not text without control characters: "
                + "it keeps other people's keys out of the API's reach.");
        }

        if (DefaultTtl > MaxTtl)
        {
            yield return new($"{Section}:{nameof(DefaultTtl)}={DefaultTtl} is not from 1 to {MaxTtl}, "
                + $"which is {Section}:{nameof(MaxTtl)}.");
        }
    }
}

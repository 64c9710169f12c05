using System.ComponentModel.DataAnnotations;

namespace CacheDemo.Api.Products;

/// <summary>Options of the products: their cache and their database, section <c>Products</c>.</summary>
internal sealed class ProductsOptions : IValidatableObject
{
    /// <summary>The section, and the name of the cache.</summary>
    public const string Section = "Products";

    /// <summary>Seconds until an entry expires in Redis.</summary>
    [Range(1, 86_400)]
    public int Ttl { get; set; } = 60;

    /// <summary>
    /// Up to so many seconds are added to it at random: entries that were read together do not expire together.
    /// </summary>
    [Range(0, 3_600)]
    public int Jitter { get; set; } = 6;

    /// <summary>Seconds that an instance keeps its copy in memory; at most <see cref="Ttl"/>.</summary>
    [Range(1, 86_400)]
    public int MemoryTtl { get; set; } = 10;

    /// <summary>Seconds that the absence of a product is cached.</summary>
    [Range(1, 3_600)]
    public int AbsentTtl { get; set; } = 5;

    /// <summary>Whether an expired entry is served while the database does not answer.</summary>
    public bool FailSafe { get; set; } = true;

    /// <summary>Seconds after it was read that an expired entry can be served.</summary>
    [Range(1, 604_800)]
    public int FailSafeMaxAge { get; set; } = 3_600;

    /// <summary>
    /// Milliseconds after which a read that waits for the database is answered with an expired entry, if there is one.
    /// </summary>
    [Range(1, 60_000)]
    public int SoftTimeoutMs { get; set; } = 500;

    /// <summary>Milliseconds after which the database counts as away.</summary>
    [Range(2, 60_000)]
    public int HardTimeoutMs { get; set; } = 2_000;

    /// <summary>
    /// The share of <see cref="MemoryTtl"/>, in percent, after which a read refreshes the entry in the background; 0 is
    /// never.
    /// </summary>
    [Range(0, 99)]
    public int EagerRefreshPercent { get; set; }

    /// <summary>
    /// Milliseconds that every query of the database is delayed, as across a network; less than
    /// <see cref="HardTimeoutMs"/>.
    /// </summary>
    [Range(0, 10_000)]
    public int DatabaseLatencyMs { get; set; }

    /// <summary>
    /// The folder of the SQLite database; by default <c>CacheDemo</c> in the user's folder for data in development, and
    /// in the folder for temporary files otherwise. Not used where <c>ConnectionStrings:products</c> names a
    /// PostgreSQL.
    /// </summary>
    public string DataFolder { get; set; } = "";

    /// <summary><see cref="HardTimeoutMs"/>.</summary>
    public TimeSpan HardTimeout => TimeSpan.FromMilliseconds(HardTimeoutMs);

    /// <inheritdoc />
    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (MemoryTtl > Ttl)
        {
            yield return new($"{Section}:{nameof(MemoryTtl)}={MemoryTtl} is not from 1 to {Ttl}, "
                + $"which is {Section}:{nameof(Ttl)}.");
        }

        if (SoftTimeoutMs >= HardTimeoutMs)
        {
            yield return new($"{Section}:{nameof(SoftTimeoutMs)}={SoftTimeoutMs} is not less than {HardTimeoutMs}, "
                + $"which is {Section}:{nameof(HardTimeoutMs)}.");
        }

        if (DatabaseLatencyMs >= HardTimeoutMs)
        {
            yield return new($"{Section}:{nameof(DatabaseLatencyMs)}={DatabaseLatencyMs} is not less than "
                + $"{HardTimeoutMs}, which is {Section}:{nameof(HardTimeoutMs)}.");
        }
    }
}

using CacheDemo.Api.Diagnostics;

namespace CacheDemo.Api.Products;

/// <summary>What one read met on its way, for its answer and its span.</summary>
internal sealed class ProductRead
{
    private static readonly AsyncLocal<ProductRead?> Reading = new();

    /// <summary>The read that the calling code is a part of; null where it is none.</summary>
    public static ProductRead? Current => Reading.Value;

    /// <summary>Milliseconds that it waited for Redis; null where it did not ask.</summary>
    public double? RedisMs { get; set; }

    /// <summary>Whether Redis had an entry.</summary>
    public bool FoundInRedis { get; set; }

    /// <summary>Milliseconds that it waited for the database; null where it did not ask.</summary>
    public double? DatabaseMs { get; set; }

    /// <summary>What this read, and no other, loaded from the database.</summary>
    public CachedProduct? Loaded { get; set; }

    /// <summary>Whether the entry that answers it is in the cache.</summary>
    public bool IsCached { get; set; }

    /// <summary>Where an entry comes from that answers it.</summary>
    public CacheLevel LevelOf(CachedProduct entry) =>
        ReferenceEquals(entry, Loaded) ? CacheLevel.Database
        : FoundInRedis ? CacheLevel.Redis
        : CacheLevel.Memory;

    /// <summary>Begins a read: what the caller awaits from here on is a part of it.</summary>
    public static ProductRead Begin() => Reading.Value = new ProductRead();

    /// <summary>Begins another attempt, which the answer comes from.</summary>
    public void Repeat() => FoundInRedis = false;
}

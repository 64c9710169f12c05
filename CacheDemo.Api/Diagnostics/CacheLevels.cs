using System.Diagnostics.Metrics;
using static CacheDemo.Api.Diagnostics.CacheDiagnostics;

namespace CacheDemo.Api.Diagnostics;

/// <summary>Where a read of a cache in front of a store was answered.</summary>
internal enum CacheLevel
{
    /// <summary>In the memory of the instance.</summary>
    Memory,

    /// <summary>In Redis.</summary>
    Redis,

    /// <summary>By the store: a miss.</summary>
    Database,
}

/// <summary>Counts the reads of one such cache by level; <see cref="CacheMetrics"/> exports them.</summary>
internal sealed class CacheLevels
{
    private readonly KeyValuePair<string, object?>[][] _tags;
    private readonly long[] _counts = new long[Enum.GetValues<CacheLevel>().Length];

    /// <param name="name">The name of the cache.</param>
    public CacheLevels(string name)
    {
        Name = name;
        _tags =
        [
            .. Enum.GetValues<CacheLevel>().Select(level => new KeyValuePair<string, object?>[]
            {
                new(Attributes.RequestType, level is CacheLevel.Database ? "miss" : "hit"),
                new(Attributes.CacheName, name),
                new(Attributes.Level, TextOf(level)),
            }),
        ];
    }

    /// <summary>The name of the cache.</summary>
    public string Name { get; }

    /// <summary>The level in spans and metrics.</summary>
    public static string TextOf(CacheLevel level) => level switch
    {
        CacheLevel.Memory => "memory",
        CacheLevel.Redis => "redis",
        _ => "database",
    };

    /// <summary>Counts a read.</summary>
    public void Count(CacheLevel level) => Interlocked.Increment(ref _counts[(int)level]);

    /// <summary>The measurements of the levels that were read.</summary>
    public IEnumerable<Measurement<long>> Measure() =>
        _counts.Select((count, level) => new Measurement<long>(count, _tags[level])).Where(read => read.Value > 0);
}

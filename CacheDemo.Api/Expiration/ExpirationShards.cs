using CacheDemo.Api.Keyspace;
using StackExchange.Redis;

namespace CacheDemo.Api.Expiration;

/// <summary>
/// The sorted sets that hold expiration entries: one, and in a cluster another for each sixteenth of the slots. An
/// entry is then on the shard of its key, except where servers divide a sixteenth, so that a shard that is away affects
/// few other keys. A hash tag in the prefix puts all keys into one slot, and all entries into one set there.
/// </summary>
internal sealed class ExpirationShards(IConnectionMultiplexer redis, CacheKeys keys)
{
    private const int ClusterCount = 16, Slots = 16_384;

    private readonly ExpirationShard[] _single = [new(keys.Expirations)];
    private readonly Lock _creating = new();
    private volatile ExpirationShard[]? _all;

    /// <summary>All sets.</summary>
    public ExpirationShard[] All => IsCluster ? _all ?? Create() : _single;

    // StackExchange.Redis computes slots in a cluster only.
    private bool IsCluster => !keys.OnOneSlot && redis.HashSlot(keys.Expirations) >= 0;

    /// <summary>The set that holds the entries of a key.</summary>
    public ExpirationShard Of(string key) =>
        IsCluster ? All[1 + IndexOf(redis.HashSlot(keys.Item(key)))] : _single[0];

    private ExpirationShard[] Create()
    {
        lock (_creating)
        {
            return _all ??=
                [.. _single, .. Enumerable.Range(0, ClusterCount).Select(index => new ExpirationShard(KeyOf(index)))];
        }
    }

    private static int IndexOf(int slot) => slot * ClusterCount / Slots;

    // The first number that hashes into the shard.
    private RedisKey KeyOf(int index) => Enumerable.Range(0, int.MaxValue)
        .Select(number => (RedisKey)$"{keys.Expirations}:{{{number}}}")
        .First(set => IndexOf(redis.HashSlot(set)) == index);
}

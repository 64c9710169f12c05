using CacheDemo.Api.Cache;
using StackExchange.Redis;

namespace CacheDemo.Api.Expiry;

/// <summary>
/// The sorted sets that lives are in: one, and in a cluster one more for each sixteenth of its slots. A key's life is thus on the
/// key's own shard, but for the sixteenths that shards share, and a shard that is away takes hardly any other with it. A hash tag in
/// the prefix puts all keys into one slot: then it is one set, there.
/// </summary>
internal sealed class LifeSets(IConnectionMultiplexer redis, CacheKeys keys)
{
    /// <summary>How many there are at most.</summary>
    public const int Most = 1 + Parts;

    private const int Parts = 16, Slots = 16_384;

    private readonly RedisKey[] _one = [keys.Lives];
    private RedisKey[]? _all;

    // StackExchange.Redis knows slots in a cluster only.
    private bool IsParted => !keys.OnOneSlot && redis.HashSlot(keys.Lives) >= 0;

    /// <summary>All of them.</summary>
    public RedisKey[] All => IsParted ? _all ??= [keys.Lives, .. Enumerable.Range(0, Parts).Select(InPart)] : _one;

    /// <summary>The one that a life of the key is in.</summary>
    public RedisKey Of(string key) => IsParted ? All[1 + PartOf(redis.HashSlot(keys.Item(key)))] : keys.Lives;

    private static int PartOf(int slot) => slot * Parts / Slots;

    // The first number that hashes to where it should be.
    private RedisKey InPart(int part) => Enumerable.Range(0, int.MaxValue)
        .Select(number => (RedisKey)$"{keys.Lives}:{{{number}}}")
        .First(set => PartOf(redis.HashSlot(set)) == part);
}

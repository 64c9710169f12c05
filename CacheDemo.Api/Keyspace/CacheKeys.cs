using System.Text;
using Microsoft.Extensions.Options;
using StackExchange.Redis;

namespace CacheDemo.Api.Keyspace;

/// <summary>
/// The names of keys and channels in Redis: cache entries under a prefix, CacheDemo's own data under another.
/// </summary>
internal sealed class CacheKeys
{
    /// <summary>
    /// UTF-8 that throws a <see cref="DecoderFallbackException"/> at invalid bytes instead of replacing them.
    /// </summary>
    public static readonly UTF8Encoding StrictUtf8 = new(
        encoderShouldEmitUTF8Identifier: false,
        throwOnInvalidBytes: true);

    private readonly RedisKey _prefix;
    private readonly string _own;
    private readonly byte[] _prefixBytes;

    public CacheKeys(IOptions<CacheOptions> options)
    {
        _prefix = options.Value.Prefix;
        _prefixBytes = Encoding.UTF8.GetBytes(options.Value.Prefix);
        var own = Own(options.Value.Prefix);
        OnOneSlot = HashSlots.TagOf(own) is not null;
        // A brace outside of a hash tag would begin one with what follows it.
        if (!OnOneSlot)
            own = own.Replace("{", "%7B").Replace("}", "%7D");
        _own = own;
        (Expirations, Instances, Stats) = (own + "lives", own + "instances", own + "stats");
        Products = own + "products:";
        (Events, Control) = (RedisChannel.Literal(own + "feed"), RedisChannel.Literal(own + "control"));
    }

    /// <summary>The sorted set of expiration entries by deadline; in a cluster it is one of several shards.</summary>
    public RedisKey Expirations { get; }

    /// <summary>The sorted set of API instances by the time of their last heartbeat.</summary>
    public RedisKey Instances { get; }

    /// <summary>The hash with the counts of all instances.</summary>
    public RedisKey Stats { get; }

    /// <summary>What the keys of cached products, and their channels, begin with.</summary>
    public string Products { get; }

    /// <summary>The channel of events.</summary>
    public RedisChannel Events { get; }

    /// <summary>The channel of control messages between instances.</summary>
    public RedisChannel Control { get; }

    // No cache entry begins with it, whatever the prefix is: it differs from the prefix at its end or at its beginning.
    // Each prefix has its own, so that several demos can share a server, with the same hash tag.
    private static string Own(string prefix) =>
        prefix.EndsWith(':') ? $"{prefix[..^1]}-own:"
        : prefix.StartsWith('-') ? $"+own:{prefix}"
        : $"-own:{prefix}";

    /// <summary>The key of a cache entry.</summary>
    public RedisKey Item(string key) => _prefix.Append(key);

    /// <summary>Whether the prefix has a hash tag, which puts everything into one slot of a cluster.</summary>
    public bool OnOneSlot { get; }

    /// <summary>
    /// The last expiration record of a key: in a cluster in the slot of the key, so that both are available, or not,
    /// together.
    /// </summary>
    public RedisKey ExpirationRecord(string key) => BesideKey("life", key);

    /// <summary>The record before it, for a short time after a new one replaced it.</summary>
    public RedisKey PreviousExpirationRecord(string key) => BesideKey("before", key);

    /// <summary>Which instance reports the expiration of an entry; in the slot of the key.</summary>
    public RedisKey Claim(string entryId, string key) => BesideKey($"claim:{entryId}", key);

    /// <summary>
    /// How many notifications of the key's expiration each instance received lately; in the slot of the key.
    /// </summary>
    public RedisKey NotificationCounts(string key) => BesideKey("heard", key);

    // With the hash tag of the key, or with the key as the hash tag. Where the tag is not the whole key, the key
    // follows it, so that no two keys share a record.
    private RedisKey BesideKey(string what, string key)
    {
        var item = $"{_prefix}{key}";
        var tag = HashSlots.TagFor(item);
        return tag.Length == item.Length ? $"{_own}{what}:{{{tag}}}" : $"{_own}{what}:{{{tag}}}:{item}";
    }

    /// <summary>The cache entry that a key of Redis belongs to; null where it is none.</summary>
    public string? Name(RedisKey key)
    {
        var bytes = (byte[])key!;
        if (!bytes.AsSpan().StartsWith(_prefixBytes))
            return null;

        try
        {
            return StrictUtf8.GetString(bytes.AsSpan(_prefixBytes.Length));
        }
        catch (DecoderFallbackException)
        {
            return null;
        }
    }
}

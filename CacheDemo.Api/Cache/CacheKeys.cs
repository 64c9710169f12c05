using System.Text;
using Microsoft.Extensions.Options;
using StackExchange.Redis;

namespace CacheDemo.Api.Cache;

/// <summary>Where things are in Redis: the demo's keys under their prefix, what CacheDemo keeps for itself under another.</summary>
internal sealed class CacheKeys
{
    /// <summary>UTF-8 that throws a <see cref="DecoderFallbackException"/> at bytes that are none, instead of replacing them.</summary>
    public static readonly UTF8Encoding StrictUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    private readonly RedisKey _prefix;
    private readonly string _own;
    private readonly byte[] _prefixBytes;

    public CacheKeys(IOptions<CacheOptions> options)
    {
        _prefix = options.Value.Prefix;
        _prefixBytes = Encoding.UTF8.GetBytes(options.Value.Prefix);
        var own = Own(options.Value.Prefix);
        OnOneSlot = HashSlots.TagOf(own) is not null;
        // A brace that is of no hash tag would begin one with what comes after it.
        if (!OnOneSlot)
            own = own.Replace("{", "%7B").Replace("}", "%7D");
        _own = own;
        (Lives, Instances, Stats) = (own + "lives", own + "instances", own + "stats");
        (Feed, Control) = (RedisChannel.Literal(own + "feed"), RedisChannel.Literal(own + "control"));
    }

    /// <summary>The sorted set of all lives by the moment they end; in a cluster <see cref="Expiry.LifeSets"/> parts it.</summary>
    public RedisKey Lives { get; }

    /// <summary>The sorted set of the API's instances by the moment they were last heard of.</summary>
    public RedisKey Instances { get; }

    /// <summary>The hash of counts of all instances.</summary>
    public RedisKey Stats { get; }

    /// <summary>The channel of the feed.</summary>
    public RedisChannel Feed { get; }

    /// <summary>The channel on which instances tell one another what to do.</summary>
    public RedisChannel Control { get; }

    // What no key of the demo begins with, whatever the prefix is: it differs from the prefix where that ends, or where it begins.
    // Another for each prefix, so that several demos can share a server, and with the same hash tag.
    private static string Own(string prefix) =>
        prefix.EndsWith(':') ? $"{prefix[..^1]}-own:"
        : prefix.StartsWith('-') ? $"+own:{prefix}"
        : $"-own:{prefix}";

    /// <summary>A key of the demo.</summary>
    public RedisKey Item(string key) => _prefix.Append(key);

    /// <summary>Whether the prefix has a hash tag, which in a cluster puts everything into one slot.</summary>
    public bool OnOneSlot { get; }

    /// <summary>
    /// What is known of the key's last life: in a cluster in the key's own slot, so that the two are there, or away, together.
    /// </summary>
    public RedisKey Life(string key) => BesideKey("life", key);

    /// <summary>The life before, for a moment after another took its place.</summary>
    public RedisKey LifeBefore(string key) => BesideKey("before", key);

    /// <summary>Which instance tells of the end of a life; where the key is, as above.</summary>
    public RedisKey Claim(string life, string key) => BesideKey($"claim:{life}", key);

    /// <summary>How many notifications of the key's end each instance has heard lately; where the key is, as above.</summary>
    public RedisKey Heard(string key) => BesideKey("heard", key);

    // With the key's own hash tag, or in want of one with the key as the tag; unless it is all of the tag, the key comes after it,
    // so that no two keys share anything.
    private RedisKey BesideKey(string what, string key)
    {
        var item = $"{_prefix}{key}";
        var tag = HashSlots.TagFor(item);
        return tag.Length == item.Length ? $"{_own}{what}:{{{tag}}}" : $"{_own}{what}:{{{tag}}}:{item}";
    }

    /// <summary>The demo's key that is this one in Redis; null where it is none of the demo's.</summary>
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

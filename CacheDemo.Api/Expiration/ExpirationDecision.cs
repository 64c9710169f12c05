using StackExchange.Redis;

namespace CacheDemo.Api.Expiration;

/// <summary>What became of an entry.</summary>
internal enum EntryStatus
{
    /// <summary>The key still has a ttl.</summary>
    StillThere,

    /// <summary>The key reached the end of its ttl.</summary>
    Expired,

    /// <summary>Another entry took its place, or the key was deleted through the API.</summary>
    Replaced,

    /// <summary>The key was deleted or evicted before its deadline, or no longer expires (PERSIST).</summary>
    Removed,
}

/// <summary>Decides whether an entry has expired; everything that asks calls this.</summary>
internal static class ExpirationDecision
{
    /// <summary>The clocks of instances that are synchronized with TIME differ by less, in milliseconds.</summary>
    public const int ClockTolerance = 50;

    /// <summary>
    /// A key that is gone so shortly before its deadline has expired, in milliseconds: a check can be late, and clocks
    /// differ.
    /// </summary>
    public const int EarlyTolerance = 300;

    /// <summary>The reply to PTTL where there is no key, and where it does not expire.</summary>
    public const long NoKey = -2, NoExpiry = -1;

    /// <summary>Decides from one reading of Redis.</summary>
    /// <param name="pttl">The reply to PTTL.</param>
    /// <param name="deadline">When the entry expires, in milliseconds.</param>
    /// <param name="now">The time of the reading, on the same clock.</param>
    /// <param name="tolerance">How long before the deadline a missing key counts as expired, in milliseconds.</param>
    /// <param name="entry">The entry as it is stored.</param>
    /// <param name="record">The last record of the key: null where it was not read, or where Redis has none.</param>
    public static EntryStatus Decide(
        long pttl, long deadline, long now, int tolerance, RedisValue entry = default, RedisValue record = default)
    {
        if (!record.IsNull && record != entry)
            return EntryStatus.Replaced;
        return pttl switch
        {
            NoKey => now >= deadline - tolerance ? EntryStatus.Expired : EntryStatus.Removed,
            NoExpiry => EntryStatus.Removed,
            _ => EntryStatus.StillThere,
        };
    }
}

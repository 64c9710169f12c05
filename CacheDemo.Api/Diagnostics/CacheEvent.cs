namespace CacheDemo.Api.Diagnostics;

/// <summary>An operation on a cache entry.</summary>
internal enum CacheOperation
{
    /// <summary>GET.</summary>
    Get,

    /// <summary>SET.</summary>
    Set,

    /// <summary>EXPIRE.</summary>
    Touch,

    /// <summary>DEL.</summary>
    Delete,

    /// <summary>PTTL.</summary>
    Ttl,

    /// <summary>The entry expired.</summary>
    Expire,
}

/// <summary>How an expiration was noticed.</summary>
internal enum ExpirySource
{
    /// <summary>The deadline passed and Redis no longer had the key.</summary>
    Ttl,

    /// <summary>Redis sent a keyspace notification.</summary>
    Keyspace,
}

/// <summary>An operation that was completed, or an expiration.</summary>
/// <param name="Operation">The operation.</param>
/// <param name="Key">The key.</param>
/// <param name="Found">Whether the key existed; for a get, whether it was a hit.</param>
/// <param name="Duration">How long the operation took; null for an expiration, and for one key of many.</param>
internal readonly record struct CacheEvent(CacheOperation Operation, string Key, bool Found, TimeSpan? Duration)
{
    /// <summary>The new ttl, in seconds; for an expiration, how long the entry existed.</summary>
    public int? Ttl { get; init; }

    /// <summary>The size of a value that was set, in bytes of UTF-8.</summary>
    public int Bytes { get; init; }

    /// <summary>Why a get was a miss: <c>expired</c>, <c>absent</c> or <c>deleted</c>.</summary>
    public string? MissReason { get; init; }

    /// <summary>How an expiration was noticed.</summary>
    public ExpirySource Source { get; init; }

    /// <summary>The time from an expiration to its report.</summary>
    public TimeSpan Lag { get; init; }
}

/// <summary>Receives every <see cref="CacheEvent"/> of this instance, on the thread of the operation.</summary>
internal interface ICacheEventSubscriber
{
    /// <summary>Handles an event; it must not block or throw.</summary>
    void OnEvent(in CacheEvent cacheEvent);
}

/// <summary>Passes each event to every subscriber, without an allocation.</summary>
internal sealed class CacheEvents(IEnumerable<ICacheEventSubscriber> subscribers)
{
    private readonly ICacheEventSubscriber[] _subscribers = [.. subscribers];

    /// <summary>Publishes an event, once per operation.</summary>
    public void Publish(in CacheEvent cacheEvent)
    {
        foreach (var subscriber in _subscribers)
            subscriber.OnEvent(cacheEvent);
    }
}

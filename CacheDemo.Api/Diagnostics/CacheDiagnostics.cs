using System.Diagnostics;

namespace CacheDemo.Api.Diagnostics;

/// <summary>
/// What the cache tells of itself. These names are contracts: dashboards, alerts and tests rely on them. No key or value is ever
/// in a span's name or a metric's tag, and a value is nowhere at all.
/// </summary>
public static class CacheDiagnostics
{
    /// <summary>The name of the activity source and of the meter.</summary>
    public const string Name = "CacheDemo.Cache";

    /// <summary>Names of spans.</summary>
    public static class Spans
    {
        /// <summary>A read.</summary>
        public const string Get = "cache.get";

        /// <summary>A write; the life it begins ends with <see cref="Expired"/>, unless something else ends it.</summary>
        public const string Set = "cache.set";

        /// <summary>A removal.</summary>
        public const string Delete = "cache.delete";

        /// <summary>A new life for a key that is there.</summary>
        public const string Touch = "cache.touch";

        /// <summary>A life that ended: a root span, linked to the <see cref="Set"/> that began it.</summary>
        public const string Expired = "cache.expired";
    }

    /// <summary>Names of the attributes of spans and of the tags of instruments.</summary>
    public static class Attributes
    {
        /// <summary>The key; absent where <c>Cache:KeysInTelemetry</c> is off.</summary>
        public const string Key = "cache.key";

        /// <summary>Whether a read found the key.</summary>
        public const string Hit = "cache.hit";

        /// <summary>
        /// A life, in seconds; of an expiry, how long it was, also where another client changed its end.
        /// </summary>
        public const string Ttl = "cache.ttl";

        /// <summary>Size of a value, in bytes of UTF-8.</summary>
        public const string ItemSize = "cache.item_size";

        /// <summary>Of a read: <c>hit</c> or <c>miss</c>.</summary>
        public const string RequestType = "cache.request.type";

        /// <summary>What went wrong, of an operation or a command that failed.</summary>
        public const string ErrorType = "error.type";

        /// <summary>Why a read missed, where known: <c>expired</c>, <c>absent</c> or <c>deleted</c>.</summary>
        public const string MissReason = "cachedemo.cache.miss_reason";

        /// <summary>What told of the end of a life: <c>keyspace</c> (a notification of Redis) or <c>ttl</c> (the deadline).</summary>
        public const string ExpirySource = "cachedemo.cache.expiry_source";

        /// <summary>Seconds from the end of a life to its report.</summary>
        public const string ExpiryLag = "cachedemo.cache.expiry_lag";
    }

    /// <summary>Names of instruments.</summary>
    public static class Instruments
    {
        /// <summary>Reads, by <see cref="Attributes.RequestType"/>.</summary>
        public const string Requests = "cachedemo.cache.requests";

        /// <summary>Values written.</summary>
        public const string Writes = "cachedemo.cache.writes";

        /// <summary>Keys removed on request.</summary>
        public const string Deletes = "cachedemo.cache.deletes";

        /// <summary>Lives that ended, by <see cref="Attributes.ExpirySource"/>.</summary>
        public const string Expirations = "cachedemo.cache.expirations";

        /// <summary>Lives whose end will not be told of, as there was no room to remember them.</summary>
        public const string ExpirationsDropped = "cachedemo.cache.expirations.dropped";

        /// <summary>Seconds from the end of a life to its report.</summary>
        public const string ExpiryLag = "cachedemo.cache.expiry_lag";

        /// <summary>Duration of the Redis commands that requests wait for, as the OpenTelemetry database conventions have it.</summary>
        public const string OperationDuration = "db.client.operation.duration";

        /// <summary>Whether Redis is connected: 1, or 0.</summary>
        public const string RedisConnected = "cachedemo.redis.connected";

        /// <summary>Connections to Redis that were lost, by <c>error.type</c>; <c>circuit_breaker</c> where the API gave it up.</summary>
        public const string RedisDisconnects = "cachedemo.redis.disconnects";
    }

    /// <summary>The source of all spans of the cache.</summary>
    internal static readonly ActivitySource Source = new(Name);
}

using System.Diagnostics;

namespace CacheDemo.Api.Diagnostics;

/// <summary>
/// The names of spans, attributes and instruments. They are contracts: dashboards, alerts and tests rely on them. Names
/// of spans and tags of metrics contain no key; nothing contains a value.
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

        /// <summary>A write.</summary>
        public const string Set = "cache.set";

        /// <summary>A deletion.</summary>
        public const string Delete = "cache.delete";

        /// <summary>A new ttl for an existing key.</summary>
        public const string Touch = "cache.touch";

        /// <summary>An expiration: a root span, linked to the <see cref="Set"/> that stored the entry.</summary>
        public const string Expired = "cache.expired";
    }

    /// <summary>Names of the attributes of spans and of the tags of instruments.</summary>
    public static class Attributes
    {
        /// <summary>The key; absent where <c>Cache:KeysInTelemetry</c> is off.</summary>
        public const string Key = "cache.key";

        /// <summary>Of a cache in front of a store: its name, as <c>products</c>.</summary>
        public const string CacheName = "cache.name";

        /// <summary>
        /// Where such a read was answered: <c>memory</c> of the instance, <c>redis</c>, or <c>database</c>.
        /// </summary>
        public const string Level = "cache.level";

        /// <summary>Whether a read found the key.</summary>
        public const string Hit = "cache.hit";

        /// <summary>The ttl, in seconds; of an expiration, how long the entry existed.</summary>
        public const string Ttl = "cache.ttl";

        /// <summary>Size of a value, in bytes of UTF-8.</summary>
        public const string ItemSize = "cache.item_size";

        /// <summary>Of a read: <c>hit</c> or <c>miss</c>.</summary>
        public const string RequestType = "cache.request.type";

        /// <summary>Why an operation or a command failed.</summary>
        public const string ErrorType = "error.type";

        /// <summary>Why a read missed, where known: <c>expired</c>, <c>absent</c> or <c>deleted</c>.</summary>
        public const string MissReason = "cachedemo.cache.miss_reason";

        /// <summary>
        /// How an expiration was noticed: <c>keyspace</c> (a notification) or <c>ttl</c> (the deadline).
        /// </summary>
        public const string ExpirySource = "cachedemo.cache.expiry_source";

        /// <summary>Seconds from an expiration to its report.</summary>
        public const string ExpiryLag = "cachedemo.cache.expiry_lag";
    }

    /// <summary>Names of instruments.</summary>
    public static class Instruments
    {
        /// <summary>
        /// Reads, by <see cref="Attributes.RequestType"/>; those of a cache in front of a store also by
        /// <see cref="Attributes.CacheName"/> and <see cref="Attributes.Level"/>.
        /// </summary>
        public const string Requests = "cachedemo.cache.requests";

        /// <summary>Values written.</summary>
        public const string Writes = "cachedemo.cache.writes";

        /// <summary>Keys deleted on request.</summary>
        public const string Deletes = "cachedemo.cache.deletes";

        /// <summary>Expirations, by <see cref="Attributes.ExpirySource"/>.</summary>
        public const string Expirations = "cachedemo.cache.expirations";

        /// <summary>Keys whose expiration is not tracked, as there was no room.</summary>
        public const string ExpirationsDropped = "cachedemo.cache.expirations.dropped";

        /// <summary>Seconds from an expiration to its report.</summary>
        public const string ExpiryLag = "cachedemo.cache.expiry_lag";

        /// <summary>Duration of commands of Redis and of the database (OpenTelemetry database conventions).</summary>
        public const string OperationDuration = "db.client.operation.duration";

        /// <summary>Whether Redis is connected: 1, or 0.</summary>
        public const string RedisConnected = "cachedemo.redis.connected";

        /// <summary>
        /// Lost connections to Redis, by <c>error.type</c>; <c>circuit_breaker</c> after consecutive timeouts.
        /// </summary>
        public const string RedisDisconnects = "cachedemo.redis.disconnects";
    }

    /// <summary>The source of all spans of the cache.</summary>
    internal static readonly ActivitySource Source = new(Name);
}

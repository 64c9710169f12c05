using System.Text.Json.Serialization;
using CacheDemo.Api.Catalog;

namespace CacheDemo.Api.Feed;

/// <summary>What happened, as the feed names it.</summary>
internal enum FeedType
{
    /// <summary>A value was written.</summary>
    Set,

    /// <summary>A read found the key.</summary>
    Hit,

    /// <summary>A read did not.</summary>
    Miss,

    /// <summary>A key was given a new life.</summary>
    Touched,

    /// <summary>A key was removed on request.</summary>
    Deleted,

    /// <summary>A life ended.</summary>
    Expired,
}

/// <summary>Something that happened on an instance of the API.</summary>
/// <param name="Type">What: <c>set</c>, <c>hit</c>, <c>miss</c>, <c>touched</c>, <c>deleted</c> or <c>expired</c>.</param>
/// <param name="Key">The key.</param>
/// <param name="At">When, by the instance's clock.</param>
/// <param name="Ttl">
/// In seconds: the life that began (set, touched), or how long the one that ended was (expired), also where another
/// client changed it.
/// </param>
/// <param name="Ms">How long the operation took, in milliseconds.</param>
/// <param name="TraceId">Its trace, where it is traced.</param>
/// <param name="Instance">On which instance.</param>
/// <param name="Reason">Of a miss: <c>expired</c>, <c>absent</c> or <c>deleted</c>.</param>
/// <param name="Count">How many of its kind this one stands for: more than one under load.</param>
internal sealed record FeedEvent(
    FeedType Type, string Key, DateTimeOffset At, int? Ttl, double? Ms, string? TraceId, string Instance, string? Reason, int Count = 1);

/// <summary>Whether Redis answers, as the stream says it in its <c>state</c> events.</summary>
/// <param name="Redis"><c>connected</c> or <c>away</c>.</param>
/// <param name="Reason">Why it is away, where that is known.</param>
/// <param name="Since">When that began.</param>
/// <param name="Live">Whether events can arrive; Redis may serve keys and deny the right to the channels they come by.</param>
/// <param name="NotLiveReason">Why they cannot.</param>
internal sealed record FeedState(string Redis, string? Reason, DateTimeOffset Since, bool Live, string? NotLiveReason);

/// <summary>What the API takes, as the stream says it once to each viewer, in its <c>limits</c> event.</summary>
/// <param name="MaxKeyBytes">Longest key, in bytes of UTF-8.</param>
/// <param name="MaxValueBytes">Largest value, in bytes of UTF-8.</param>
/// <param name="MaxTtl">Longest ttl, in seconds.</param>
/// <param name="DefaultTtl">The ttl of a key that is set without one, in seconds.</param>
internal sealed record FeedLimits(int MaxKeyBytes, int MaxValueBytes, int MaxTtl, int DefaultTtl);

/// <summary>The first page of the keys that a viewer looks at, as the stream says it in its <c>keys</c> events.</summary>
/// <param name="Keys">The keys, in no order.</param>
/// <param name="Cursor">Where the next page begins; null where these are all.</param>
/// <param name="Age">How long ago they were read, in seconds.</param>
/// <param name="Total">
/// About how many keys match: exact where these are all, or where all keys there are could be scanned; null where it is
/// not known, or not yet.
/// </param>
internal sealed record FeedKeys(IReadOnlyList<KeyEntry> Keys, string? Cursor, double Age, long? Total);

/// <summary>An event as it stands in the stream: its id and its JSON.</summary>
internal sealed record FeedItem(string Id, string Json);

/// <inheritdoc cref="Cache.CacheJson"/>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    UseStringEnumConverter = false,
    Converters = [typeof(FeedTypeConverter)])]
[JsonSerializable(typeof(FeedEvent))]
[JsonSerializable(typeof(FeedItem[]))]
[JsonSerializable(typeof(FeedState))]
[JsonSerializable(typeof(FeedLimits))]
[JsonSerializable(typeof(FeedKeys))]
internal sealed partial class FeedJson : JsonSerializerContext;

/// <summary>Names of types in lower case.</summary>
internal sealed class FeedTypeConverter() : JsonStringEnumConverter<FeedType>(System.Text.Json.JsonNamingPolicy.CamelCase);

using System.Text.Json.Serialization;

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
/// <param name="Ttl">The life that began (set, touched) or ended (expired), in seconds.</param>
/// <param name="Ms">How long the operation took, in milliseconds.</param>
/// <param name="TraceId">Its trace, where it is traced.</param>
/// <param name="Instance">On which instance.</param>
/// <param name="Reason">Of a miss: <c>expired</c>, <c>absent</c> or <c>deleted</c>.</param>
/// <param name="Count">How many of its kind this one stands for: more than one under load.</param>
internal sealed record FeedEvent(
    FeedType Type, string Key, DateTimeOffset At, int? Ttl, double? Ms, string? TraceId, string Instance, string? Reason, int Count = 1);

/// <summary>An event as it stands in the stream: its id and its JSON.</summary>
internal sealed record FeedItem(string Id, string Json);

/// <inheritdoc cref="Cache.CacheJson"/>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    UseStringEnumConverter = false,
    Converters = [typeof(FeedTypeConverter)])]
[JsonSerializable(typeof(FeedEvent))]
[JsonSerializable(typeof(FeedItem[]))]
internal sealed partial class FeedJson : JsonSerializerContext;

/// <summary>Names of types in lower case.</summary>
internal sealed class FeedTypeConverter() : JsonStringEnumConverter<FeedType>(System.Text.Json.JsonNamingPolicy.CamelCase);

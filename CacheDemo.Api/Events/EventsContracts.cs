using System.Text.Json.Serialization;
using CacheDemo.Api.Keys;

namespace CacheDemo.Api.Events;

/// <summary>The type of an event, as it is in the stream.</summary>
internal enum CacheEventType
{
    /// <summary>A value was written.</summary>
    Set,

    /// <summary>A read found the key.</summary>
    Hit,

    /// <summary>A read did not find it.</summary>
    Miss,

    /// <summary>A key was given a new ttl.</summary>
    Touched,

    /// <summary>A key was deleted on request.</summary>
    Deleted,

    /// <summary>A key expired.</summary>
    Expired,
}

/// <summary>An event on an instance of the API.</summary>
/// <param name="Type"><c>set</c>, <c>hit</c>, <c>miss</c>, <c>touched</c>, <c>deleted</c> or <c>expired</c>.</param>
/// <param name="Key">The key.</param>
/// <param name="At">When, by the clock of the instance.</param>
/// <param name="Ttl">
/// In seconds: the new ttl (set, touched), or how long the entry existed (expired), also where another client changed
/// its ttl.
/// </param>
/// <param name="Ms">How long the operation took, in milliseconds.</param>
/// <param name="TraceId">Its trace, where it is traced.</param>
/// <param name="Instance">The instance.</param>
/// <param name="Reason">Why it was a miss: <c>expired</c>, <c>absent</c> or <c>deleted</c>.</param>
/// <param name="Count">How many events of its type it stands for: more than one under load.</param>
internal sealed record EventMessage(
    CacheEventType Type, string Key, DateTimeOffset At, int? Ttl, double? Ms, string? TraceId, string Instance,
    string? Reason, int Count = 1);

/// <summary>Whether Redis is connected, in the <c>state</c> events of the stream.</summary>
/// <param name="Redis"><c>connected</c> or <c>away</c>.</param>
/// <param name="Reason">Why it is away, where it is known.</param>
/// <param name="Since">Since when.</param>
/// <param name="Live">
/// Whether events can arrive: Redis is connected, and does not deny the right to the channels.
/// </param>
/// <param name="NotLiveReason">Why they cannot.</param>
internal sealed record StateMessage(
    string Redis,
    string? Reason,
    DateTimeOffset Since,
    bool Live,
    string? NotLiveReason);

/// <summary>The limits of the API, in the <c>limits</c> event that each viewer receives once.</summary>
/// <param name="MaxKeyBytes">Longest key, in bytes of UTF-8.</param>
/// <param name="MaxValueBytes">Largest value, in bytes of UTF-8.</param>
/// <param name="MaxTtl">Longest ttl, in seconds.</param>
/// <param name="DefaultTtl">The ttl of a key that is set without one, in seconds.</param>
internal sealed record LimitsMessage(int MaxKeyBytes, int MaxValueBytes, int MaxTtl, int DefaultTtl);

/// <summary>The first page of the keys that a viewer looks at, in the <c>keys</c> events of the stream.</summary>
/// <param name="Keys">The keys, in no order.</param>
/// <param name="Cursor">Where the next page begins; null where these are all.</param>
/// <param name="Age">How long ago they were read, in seconds.</param>
/// <param name="Total">
/// About how many keys match: exact where these are all, or where all keys could be scanned; null where it is not
/// known, or not yet.
/// </param>
internal sealed record KeysMessage(IReadOnlyList<KeyEntry> Keys, string? Cursor, double Age, long? Total);

/// <summary>An event in the stream: its id and its JSON.</summary>
internal sealed record SerializedEvent(string Id, string Json);

/// <summary>Generated serializers.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    UseStringEnumConverter = false,
    Converters = [typeof(CacheEventTypeConverter)])]
[JsonSerializable(typeof(EventMessage))]
[JsonSerializable(typeof(SerializedEvent[]))]
[JsonSerializable(typeof(StateMessage))]
[JsonSerializable(typeof(LimitsMessage))]
[JsonSerializable(typeof(KeysMessage))]
internal sealed partial class EventsJson : JsonSerializerContext;

/// <summary>Writes types in camel case.</summary>
internal sealed class CacheEventTypeConverter()
    : JsonStringEnumConverter<CacheEventType>(System.Text.Json.JsonNamingPolicy.CamelCase);

using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Text.Json.Serialization;

namespace CacheDemo.Api.Cache;

/// <summary>A pair to store.</summary>
/// <param name="Key">1 to 512 bytes of UTF-8 without control characters.</param>
/// <param name="Value">Up to 1 MiB of UTF-8; the empty value is one.</param>
/// <param name="Ttl">The ttl in whole seconds, 1 to 2592000 (30 days); 60 when absent or null.</param>
public sealed record SetRequest(
    [property: CacheKey, JsonConverter(typeof(TextConverter))] string? Key,
    [property: Required(AllowEmptyStrings = true, ErrorMessage = "The value is missing."), CacheValue]
    [property: JsonConverter(typeof(TextConverter))]
    string? Value,
    [property: TimeToLive, JsonConverter(typeof(SecondsConverter))] int? Ttl);

/// <summary>What was stored.</summary>
/// <param name="Message">The same in words.</param>
/// <param name="Key">The key.</param>
/// <param name="Ttl">Its ttl, in seconds.</param>
/// <param name="ExpiresAt">When it ends, by the API's clock.</param>
public sealed record SetResponse(string Message, string Key, int Ttl, DateTimeOffset ExpiresAt);

/// <summary>A value from the cache.</summary>
/// <param name="Key">The key.</param>
/// <param name="Value">Its value.</param>
/// <param name="Source">Where it came from: always <c>cache</c>.</param>
public sealed record GetResponse(string Key, string Value, string Source = "cache");

/// <summary>A new ttl for a key.</summary>
/// <param name="Key">The key.</param>
/// <param name="Ttl">Its ttl from now, in whole seconds, 1 to 2592000 (30 days).</param>
public sealed record ExpireRequest(
    [property: CacheKey, JsonConverter(typeof(TextConverter))] string? Key,
    [property: Required(ErrorMessage = "The ttl is missing."), TimeToLive]
    [property: JsonConverter(typeof(SecondsConverter))]
    int? Ttl);

/// <summary>The ttl of a key.</summary>
/// <param name="Key">The key.</param>
/// <param name="Ttl">Seconds left, with fraction; null for a key without expiry.</param>
public sealed record TtlResponse(string Key, double? Ttl);

/// <summary>There is no such key.</summary>
/// <param name="Error">Always <c>Key not found</c>.</param>
public sealed record KeyNotFound([property: DefaultValue("Key not found")] string Error = "Key not found");

/// <summary>Generated serializers: reflection would take twice the time on the hot path.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    PropertyNameCaseInsensitive = true)]
[JsonSerializable(typeof(SetRequest))]
[JsonSerializable(typeof(SetResponse))]
[JsonSerializable(typeof(GetResponse))]
[JsonSerializable(typeof(ExpireRequest))]
[JsonSerializable(typeof(TtlResponse))]
[JsonSerializable(typeof(KeyNotFound))]
internal sealed partial class CacheJson : JsonSerializerContext;

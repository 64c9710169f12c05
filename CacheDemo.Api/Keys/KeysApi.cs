using System.ComponentModel;
using System.Globalization;
using System.Text.Json.Serialization;
using CacheDemo.Api.Http;

namespace CacheDemo.Api.Keys;

/// <summary>A page of keys.</summary>
/// <param name="Keys">The keys, in no order; as with SCAN, a later page may repeat a key.</param>
/// <param name="Cursor">Where the next page begins; null at the end.</param>
public sealed record KeyPage(IReadOnlyList<KeyEntry> Keys, string? Cursor);

/// <summary>A key in the cache.</summary>
/// <param name="Key">The key.</param>
/// <param name="Ttl">Seconds left, with fraction; null for a key without expiry.</param>
/// <param name="Size">Bytes of its value; null where it is not a string.</param>
/// <param name="OriginalTtl">
/// The ttl that its last set or expire through the API gave it, in whole seconds; null where it is not known: the key
/// does not expire, or another client set it or changed its ttl.
/// </param>
public sealed record KeyEntry(string Key, double? Ttl, long? Size, int? OriginalTtl);

/// <summary>All keys were removed.</summary>
/// <param name="Deleted">How many there were.</param>
public sealed record FlushResponse(int Deleted);

/// <summary>Generated serializers.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(KeyPage))]
[JsonSerializable(typeof(FlushResponse))]
internal sealed partial class KeysJson : JsonSerializerContext;

/// <summary>The routes of keys: a page of them, and flush.</summary>
internal static class KeysApi
{
    private const int DefaultCount = 100, MaxCount = 1000;

    /// <summary>Registers the listing of keys.</summary>
    public static void AddKeys(this IHostApplicationBuilder builder)
    {
        builder.Services.AddSingleton<KeyScanner>();
        builder.Services.AddSingleton<KeyPageCache>();
        builder.Services.AddSingleton<KeyFlush>();
        builder.Services.ConfigureHttpJsonOptions(json =>
            json.SerializerOptions.TypeInfoResolverChain.Insert(0, KeysJson.Default));
    }

    /// <summary>Maps <c>/keys</c> and <c>/keys/flush</c>.</summary>
    public static void MapKeys(this IEndpointRouteBuilder routes)
    {
        var keys = routes.MapGroup("/keys").WithTags("Keys").ProducesCacheProblems();
        keys.MapGet("", KeysAsync)
            .WithName("keys")
            .WithSummary("List keys, a page at a time (SCAN, never KEYS).")
            .WithDescription("A page may have fewer keys than asked for, or none, before the end; "
                + "a key may come again on a later page.")
            .RequiresRedis();
        keys.MapPost("/flush", FlushAsync)
            .WithName("flush")
            .WithSummary("Remove all keys of the demo.")
            .WithDescription("For whoever gives the demonstration; the page's host does not forward it. "
                + "None of the keys counts as expired.");
    }

    private static Task<KeyPage> KeysAsync(
        KeyScanner scanner,
        [Description("A glob as Redis has it: user:*, h?llo, [ab]*.")] string? match,
        [Description("The cursor of the page before; absent for the first.")] string? cursor,
        [Description("About how many keys a page has, 1 to 1000; 100 when absent.")] string? count) =>
        scanner.PageAsync(match, cursor, ParseCount(count));

    private static async Task<FlushResponse> FlushAsync(KeyFlush flush) => new(await flush.FlushAsync());

    /// <summary>How many keys a page has.</summary>
    /// <exception cref="BadInputException">It is not a whole number from 1 to 1000.</exception>
    public static int ParseCount(string? count)
    {
        var wanted = DefaultCount;
        return
            string.IsNullOrEmpty(count)
            || (
                int.TryParse(count, NumberStyles.None, CultureInfo.InvariantCulture, out wanted)
                && wanted is >= 1 and <= MaxCount)
            ? wanted
            : throw new BadInputException("count", $"The count must be a whole number from 1 to {MaxCount}.");
    }
}

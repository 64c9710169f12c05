using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using System.Text.Json.Serialization;
using CacheDemo.Api.Diagnostics;
using CacheDemo.Api.Expiry;
using CacheDemo.Api.Http;
using CacheDemo.Api.Redis;

namespace CacheDemo.Api.Catalog;

/// <summary>A page of keys.</summary>
/// <param name="Keys">The keys, in no order; a key may come again on a later page, as SCAN has it.</param>
/// <param name="Cursor">Where the next page begins; null at the end.</param>
public sealed record KeyPage(IReadOnlyList<KeyEntry> Keys, string? Cursor);

/// <summary>A key that is in the cache.</summary>
/// <param name="Key">The key.</param>
/// <param name="Ttl">Seconds left, with fraction; null for a key without expiry.</param>
/// <param name="Size">Bytes of its value; null where it is not a string.</param>
/// <param name="OriginalTtl">
/// The ttl that its last set or expire through the API gave it, in whole seconds; null where that is not known: it has
/// no expiry, or another client set the key or changed its ttl.
/// </param>
public sealed record KeyEntry(string Key, double? Ttl, long? Size, int? OriginalTtl);

/// <summary>All keys were removed.</summary>
/// <param name="Deleted">How many there were.</param>
public sealed record FlushResponse(int Deleted);

/// <inheritdoc cref="Cache.CacheJson"/>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(KeyPage))]
[JsonSerializable(typeof(FlushResponse))]
internal sealed partial class CatalogJson : JsonSerializerContext;

/// <summary>What is in the cache.</summary>
internal static class CatalogApi
{
    private const int DefaultCount = 100, MaxCount = 1000;

    public static void AddCatalog(this IHostApplicationBuilder builder)
    {
        builder.Services.AddSingleton<KeyScan>();
        builder.Services.AddSingleton<KeyWatch>();
    }

    public static void MapCatalog(this IEndpointRouteBuilder routes)
    {
        var catalog = routes.MapGroup("/keys").WithTags("Keys").ProducesCacheProblems();
        catalog.MapGet("", KeysAsync)
            .WithName("keys")
            .WithSummary("List keys, a page at a time (SCAN, never KEYS).")
            .WithDescription("A page may have fewer keys than asked for, or none, before the end; a key may come again on a later page.")
            .AsksRedis();
        catalog.MapPost("/flush", FlushAsync)
            .WithName("flush")
            .WithSummary("Remove all keys of the demo.")
            .WithDescription("For whoever gives the demonstration; the page's host does not forward it. None of the keys counts as expired.");
    }

    private static async Task<KeyPage> KeysAsync(
        KeyScan scan,
        CacheTelemetry telemetry,
        [Description("A glob as Redis has it: user:*, h?llo, [ab]*.")] string? match,
        [Description("The cursor of the page before; absent for the first.")] string? cursor,
        [Description("About how many keys a page has, 1 to 1000; 100 when absent.")] string? count)
    {
        var wanted = ParseCount(count);
        var started = Stopwatch.GetTimestamp();
        var page = await scan.PageAsync(match, cursor, wanted);

        telemetry.Listed(page.Keys.Count, Stopwatch.GetElapsedTime(started));
        return page;
    }

    /// <summary>How many keys a page has.</summary>
    /// <exception cref="BadInputException">It is not a whole number from 1 to 1000.</exception>
    public static int ParseCount(string? count)
    {
        var wanted = DefaultCount;
        return string.IsNullOrEmpty(count)
            || (int.TryParse(count, NumberStyles.None, CultureInfo.InvariantCulture, out wanted) && wanted is >= 1 and <= MaxCount)
            ? wanted
            : throw new BadInputException("count", $"The count must be a whole number from 1 to {MaxCount}.");
    }

    private static async Task<FlushResponse> FlushAsync(KeyScan scan, LifeBook lives, CacheTelemetry telemetry)
    {
        var (began, deleted) = (false, 0);
        string? cursor = null;
        try
        {
            do
            {
                var started = Stopwatch.GetTimestamp();
                (var names, cursor) = await scan.NamesAsync(match: null, cursor, MaxCount);
                began |= names.Count > 0;
                // As DELETE does: a key that is removed here must not be told of as expired.
                var removed = await Task.WhenAll(names.Select(async name => await lives.DeleteAsync(name) ? name : null));
                string[] gone = [.. removed.OfType<string>()];
                telemetry.Flushed(gone, Stopwatch.GetElapsedTime(started));
                deleted += gone.Length;
            }
            while (cursor is not null);
        }
        catch (Exception e) when (began && RedisFailure.IsAway(e))
        {
            throw new WriteInDoubtException(e); // some keys may be gone
        }

        return new FlushResponse(deleted);
    }
}

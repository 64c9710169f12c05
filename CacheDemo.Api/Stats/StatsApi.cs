using System.Text.Json.Serialization;
using CacheDemo.Api.Http;
using Microsoft.AspNetCore.Http.HttpResults;

namespace CacheDemo.Api.Stats;

/// <summary>The numbers of the cache, and which Redis it is.</summary>
/// <param name="Hits">Reads that found the key.</param>
/// <param name="Misses">Reads that did not.</param>
/// <param name="HitRatio">Hits by all reads, 0 to 1; null before the first.</param>
/// <param name="Sets">Values written.</param>
/// <param name="Deletes">Keys deleted on request.</param>
/// <param name="Expirations">Keys that expired.</param>
/// <param name="ExpirationsDropped">Keys whose expiration is not tracked, as there was no room.</param>
/// <param name="Since">When the counts began.</param>
/// <param name="Instances">How many instances of the API are up.</param>
/// <param name="Engine"><c>redis</c>, <c>valkey</c> or <c>garnet</c>.</param>
/// <param name="Version">The engine's version.</param>
/// <param name="Mode"><c>standalone</c> or <c>cluster</c>.</param>
/// <param name="Address">Where the server is, without credentials.</param>
/// <param name="Connected">Whether it is connected.</param>
public sealed record StatsResponse(
    long Hits, long Misses, double? HitRatio, long Sets, long Deletes, long Expirations, long ExpirationsDropped,
    DateTimeOffset Since, int Instances, string? Engine, string? Version, string? Mode, string Address, bool Connected);

/// <summary>Generated serializers.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(StatsResponse))]
internal sealed partial class StatsJson : JsonSerializerContext;

/// <summary>The routes of the numbers.</summary>
internal static class StatsApi
{
    /// <summary>Registers the counts of all instances and their broadcast.</summary>
    public static void AddStats(this IHostApplicationBuilder builder)
    {
        builder.Services.AddSingleton<RedisServerInfo>();
        builder.Services.AddSingleton<CacheStats>();
        builder.Services.AddHostedService(services => services.GetRequiredService<CacheStats>());
        builder.Services.AddSingleton<StatsReader>();
        builder.Services.ConfigureHttpJsonOptions(json =>
            json.SerializerOptions.TypeInfoResolverChain.Insert(0, StatsJson.Default));
        builder.Services.AddSingleton<StatsBroadcast>();
        builder.Services.AddHostedService(services => services.GetRequiredService<StatsBroadcast>());
    }

    /// <summary>Maps <c>/stats</c> and <c>/stats/reset</c>.</summary>
    public static void MapStats(this IEndpointRouteBuilder routes)
    {
        var stats = routes.MapGroup("/stats")
            .WithTags("Stats")
            .ProducesProblem(StatusCodes.Status400BadRequest)
            .ProducesProblem(StatusCodes.Status503ServiceUnavailable)
            .RequiresRedis();
        stats.MapGet("", ReadAsync)
            .WithName("stats")
            .WithSummary("The numbers of all instances, and which Redis this is.")
            .WithDescription(
                "Counts since the last reset; an instance that is killed loses what it counted in its last second.");
        stats
            .MapPost("/reset", ResetAsync)
            .WithName("resetStats")
            .WithSummary("Set the numbers back to zero, for everyone.")
            .WithDescription("The next read starts from zero on every instance.");
    }

    private static Task<StatsResponse> ReadAsync(StatsReader stats) => stats.ReadAsync();

    private static async Task<NoContent> ResetAsync(CacheStats stats, StatsBroadcast broadcast)
    {
        await stats.ResetAsync();
        broadcast.Refresh();
        return TypedResults.NoContent();
    }
}

/// <summary>Reads the numbers.</summary>
internal sealed class StatsReader(CacheStats stats, RedisServerInfo server)
{
    /// <summary>Reads the numbers and the facts about Redis.</summary>
    public async Task<StatsResponse> ReadAsync()
    {
        var (counts, since, instances) = await stats.ReadAsync();
        var info = await server.ReadAsync();
        var reads = counts.Hits + counts.Misses;
        return new StatsResponse(
            counts.Hits, counts.Misses, reads == 0 ? null : (double)counts.Hits / reads, counts.Sets, counts.Deletes,
            counts.Expirations, counts.Dropped, since, instances, info.Engine, info.Version, info.Mode, info.Address,
            info.Connected);
    }
}

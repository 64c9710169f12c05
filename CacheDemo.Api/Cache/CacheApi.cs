using CacheDemo.Api.Http;
using CacheDemo.Api.Keyspace;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Options;

namespace CacheDemo.Api.Cache;

/// <summary>The routes of the cache, named after the Redis commands that they stand for.</summary>
internal static class CacheApi
{
    /// <summary>Registers <see cref="CacheService"/>, and what the routes accept.</summary>
    public static void AddCache(this IHostApplicationBuilder builder)
    {
        var services = builder.Services;
        services.AddSingleton<CacheService>();
        services.ConfigureHttpJsonOptions(json =>
            json.SerializerOptions.TypeInfoResolverChain.Insert(0, CacheJson.Default));
        services.AddOptions<JsonMemberProblems>().Configure<IOptions<CacheOptions>>((problems, cache) =>
        {
            problems["key"] = CacheKeyAttribute.NotText;
            problems["value"] = CacheValueAttribute.NotText;
            problems["ttl"] = TimeToLiveAttribute.NotWhole(cache.Value);
        });
        services.AddOptions<KestrelServerOptions>().Configure<IOptions<CacheOptions>>((kestrel, cache) =>
        {
            kestrel.Limits.MaxRequestBodySize = cache.Value.MaxRequestBytes;
            kestrel.Limits.MaxRequestLineSize = cache.Value.MaxRequestLineBytes;
        });
        services.Configure<OpenApiOptions>(HttpExtensions.OpenApiDocument, openApi => openApi
            .AddOperationTransformer<CacheOpenApi>()
            .AddSchemaTransformer<CacheOpenApi>());
    }

    /// <summary>Maps <c>/set</c>, <c>/get</c>, <c>/ttl</c>, <c>/expire</c> and <c>/delete</c>.</summary>
    public static void MapCache(this IEndpointRouteBuilder routes)
    {
        var cache = routes.MapGroup("").WithTags("Cache").ProducesCacheProblems().RequiresRedis();
        cache.MapPost("/set", SetAsync)
            .WithName("set")
            .WithSummary("Store a value for some seconds (SET key value EX ttl).")
            .WithDescription("Replaces what the key held. Without a ttl the value is kept for 60 seconds, "
                + "unless the API is set up otherwise.")
            .ProducesProblem(StatusCodes.Status413PayloadTooLarge)
            .ProducesProblem(StatusCodes.Status415UnsupportedMediaType);
        cache.MapGet("/get/{**key}", GetAsync)
            .WithName("get")
            .DisableValidation() // here and below: CacheKeyParameter validates itself, and the filter costs 500 bytes
            .WithSummary("Read a value (GET key).")
            .WithDescription("404 where the key was never set, was deleted, or has expired. "
                + "409 where it holds something other than text.")
            .ProducesProblem(StatusCodes.Status409Conflict);
        cache.MapGet("/ttl/{**key}", TtlAsync)
            .WithName("ttl")
            .DisableValidation()
            .WithSummary("Ask how many seconds a key has left (PTTL key).")
            .WithDescription("The answer has a fraction; null is a key that does not expire.");
        cache.MapPost("/expire", ExpireAsync)
            .WithName("expire")
            .WithSummary("Let a key expire so many seconds from now (EXPIRE key ttl).")
            .WithDescription("Longer or shorter than it would have had; the value stays.")
            .ProducesProblem(StatusCodes.Status413PayloadTooLarge)
            .ProducesProblem(StatusCodes.Status415UnsupportedMediaType);
        cache.MapDelete("/delete/{**key}", DeleteAsync)
            .WithName("delete")
            .DisableValidation()
            .WithSummary("Remove a key (DEL key).")
            .WithDescription("A key that is removed does not count as expired.");
    }

    private static async Task<Ok<SetResponse>> SetAsync(
        SetRequest request, CacheService cache, IOptions<CacheOptions> options, TimeProvider clock)
    {
        var (key, value, ttl) = (request.Key!, request.Value!, request.Ttl ?? options.Value.DefaultTtl);
        await cache.SetAsync(key, value, ttl);
        return TypedResults.Ok(new SetResponse(
            $"Key '{key}' set to '{value}' with {ttl} seconds TTL", key, ttl, clock.GetUtcNow().AddSeconds(ttl)));
    }

    private static async Task<Results<Ok<GetResponse>, NotFound<KeyNotFound>>> GetAsync(
        CacheKeyParameter parameter,
        CacheService cache
    ) =>
        await cache.GetAsync(parameter.Value) is { } value
            ? TypedResults.Ok(new GetResponse(parameter.Value, value))
            : NotFound();

    private static async Task<Results<Ok<TtlResponse>, NotFound<KeyNotFound>>> TtlAsync(
        CacheKeyParameter parameter,
        CacheService cache
    ) =>
        await cache.TtlAsync(parameter.Value) is (true, var ttl)
            ? TypedResults.Ok(new TtlResponse(parameter.Value, ttl))
            : NotFound();

    private static async Task<Results<Ok<TtlResponse>, NotFound<KeyNotFound>>> ExpireAsync(
        ExpireRequest request, CacheService cache)
    {
        var (key, ttl) = (request.Key!, request.Ttl!.Value);
        return await cache.TouchAsync(key, ttl) ? TypedResults.Ok(new TtlResponse(key, ttl)) : NotFound();
    }

    private static async Task<Results<NoContent, NotFound<KeyNotFound>>> DeleteAsync(
        CacheKeyParameter parameter, CacheService cache) =>
        await cache.DeleteAsync(parameter.Value) ? TypedResults.NoContent() : NotFound();

    private static NotFound<KeyNotFound> NotFound() => TypedResults.NotFound(new KeyNotFound());
}

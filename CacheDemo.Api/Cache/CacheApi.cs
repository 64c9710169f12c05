using System.Diagnostics;
using System.Text;
using CacheDemo.Api.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Extensions.Options;

namespace CacheDemo.Api.Cache;

/// <summary>The routes of the cache, named after the Redis commands they stand for.</summary>
internal static partial class CacheApi
{
    public static void AddCache(this IHostApplicationBuilder builder)
    {
        builder.Services.AddOptions<CacheOptions>()
            .BindConfiguration("Cache")
            .ValidateDataAnnotations()
            .ValidateOnStart();
        builder.Services.AddSingleton<CacheStore>();
    }

    public static void MapCache(this IEndpointRouteBuilder routes)
    {
        var cache = routes.MapGroup("").WithTags("Cache").ProducesCacheProblems();
        cache.MapPost("/set", SetAsync).WithSummary("Store a value with a life (SET).").ProducesProblem(StatusCodes.Status413PayloadTooLarge);
        cache.MapGet("/get/{**key}", GetAsync).WithSummary("Read a value (GET).");
        cache.MapGet("/ttl/{**key}", TtlAsync).WithSummary("Ask how long a key has to live (PTTL).");
        cache.MapPost("/expire", ExpireAsync).WithSummary("Give a key a new life (EXPIRE).");
        cache.MapDelete("/delete/{**key}", DeleteAsync).WithSummary("Remove a key (DEL).");
    }

    private static async Task<Ok<SetResponse>> SetAsync(
        SetRequest request, CacheStore store, IOptions<CacheOptions> options, TimeProvider clock, ILogger<CacheStore> logger)
    {
        var started = Stopwatch.GetTimestamp();
        var (key, value, ttl) = (request.Key!, request.Value!, request.Ttl ?? options.Value.DefaultTtl);
        if (Encoding.UTF8.GetByteCount(value) is var bytes && bytes > options.Value.MaxValueBytes)
        {
            throw new BadInputException(
                "value", $"The value is {bytes} bytes of UTF-8; at most {options.Value.MaxValueBytes} are allowed.", StatusCodes.Status413PayloadTooLarge);
        }

        await store.SetAsync(key, value, TimeSpan.FromSeconds(ttl));

        LogSet(logger, key, bytes, ttl, Since(started));
        return TypedResults.Ok(new SetResponse(
            $"Key '{key}' set to '{value}' with {ttl} seconds TTL", key, ttl, clock.GetUtcNow().AddSeconds(ttl)));
    }

    private static async Task<Results<Ok<GetResponse>, NotFound<KeyNotFound>>> GetAsync(
        UrlKey urlKey, CacheStore store, ILogger<CacheStore> logger)
    {
        var started = Stopwatch.GetTimestamp();
        var value = await store.GetAsync(urlKey.Value);

        LogGet(logger, urlKey.Value, value is null ? "miss" : "hit", Since(started));
        return value is null ? NotFound() : TypedResults.Ok(new GetResponse(urlKey.Value, value));
    }

    private static async Task<Results<Ok<TtlResponse>, NotFound<KeyNotFound>>> TtlAsync(UrlKey urlKey, CacheStore store)
    {
        var (found, left) = await store.TimeToLiveAsync(urlKey.Value);
        return found ? TypedResults.Ok(new TtlResponse(urlKey.Value, left?.TotalSeconds)) : NotFound();
    }

    private static async Task<Results<Ok<TtlResponse>, NotFound<KeyNotFound>>> ExpireAsync(
        ExpireRequest request, CacheStore store, ILogger<CacheStore> logger)
    {
        var started = Stopwatch.GetTimestamp();
        var (key, ttl) = (request.Key!, request.Ttl!.Value);
        var found = await store.ExpireAsync(key, TimeSpan.FromSeconds(ttl));

        LogExpire(logger, key, ttl, found ? "extended" : "not found", Since(started));
        return found ? TypedResults.Ok(new TtlResponse(key, ttl)) : NotFound();
    }

    private static async Task<Results<NoContent, NotFound<KeyNotFound>>> DeleteAsync(
        UrlKey urlKey, CacheStore store, ILogger<CacheStore> logger)
    {
        var started = Stopwatch.GetTimestamp();
        var found = await store.DeleteAsync(urlKey.Value);

        LogDelete(logger, urlKey.Value, found ? "deleted" : "not found", Since(started));
        return found ? TypedResults.NoContent() : NotFound();
    }

    private static NotFound<KeyNotFound> NotFound() => TypedResults.NotFound(new KeyNotFound());

    private static double Since(long started) => Stopwatch.GetElapsedTime(started).TotalMilliseconds;

    [LoggerMessage(LogLevel.Information, "SET {Key}: {Bytes} bytes for {Ttl} s in {Milliseconds:0.0} ms")]
    private static partial void LogSet(ILogger logger, string key, int bytes, int ttl, double milliseconds);

    [LoggerMessage(LogLevel.Information, "GET {Key}: {Outcome} in {Milliseconds:0.0} ms")]
    private static partial void LogGet(ILogger logger, string key, string outcome, double milliseconds);

    [LoggerMessage(LogLevel.Information, "EXPIRE {Key} {Ttl} s: {Outcome} in {Milliseconds:0.0} ms")]
    private static partial void LogExpire(ILogger logger, string key, int ttl, string outcome, double milliseconds);

    [LoggerMessage(LogLevel.Information, "DEL {Key}: {Outcome} in {Milliseconds:0.0} ms")]
    private static partial void LogDelete(ILogger logger, string key, string outcome, double milliseconds);
}

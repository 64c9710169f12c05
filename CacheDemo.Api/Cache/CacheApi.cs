using System.Diagnostics;
using System.Text;
using CacheDemo.Api.Diagnostics;
using CacheDemo.Api.Expiry;
using CacheDemo.Api.Http;
using CacheDemo.Api.Redis;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Extensions.Options;

namespace CacheDemo.Api.Cache;

/// <summary>The routes of the cache, named after the Redis commands they stand for.</summary>
internal static class CacheApi
{
    public static void AddCache(this IHostApplicationBuilder builder)
    {
        builder.AddCheckedOptions<CacheOptions>(CacheOptions.Section);
        builder.Services.AddSingleton<CacheKeys>();
        builder.Services.AddSingleton<CacheStore>();
    }

    public static void MapCache(this IEndpointRouteBuilder routes)
    {
        var cache = routes.MapGroup("").WithTags("Cache").ProducesCacheProblems().AsksRedis();
        cache.MapPost("/set", SetAsync)
            .WithName("set")
            .WithSummary("Store a value for some seconds (SET key value EX ttl).")
            .WithDescription("Replaces what the key held. Without a ttl the value is kept for 60 seconds, unless the API is set up otherwise.")
            .ProducesProblem(StatusCodes.Status413PayloadTooLarge)
            .ProducesProblem(StatusCodes.Status415UnsupportedMediaType);
        cache.MapGet("/get/{**key}", GetAsync)
            .WithName("get")
            .WithSummary("Read a value (GET key).")
            .WithDescription("404 where the key was never set, was deleted, or has expired. 409 where it holds something other than text.")
            .ProducesProblem(StatusCodes.Status409Conflict);
        cache.MapGet("/ttl/{**key}", TtlAsync)
            .WithName("ttl")
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
            .WithSummary("Remove a key (DEL key).")
            .WithDescription("A key that is removed does not count as expired.");
    }

    private static async Task<Ok<SetResponse>> SetAsync(
        SetRequest request, LifeBook lives, CacheTelemetry telemetry, IOptions<CacheOptions> options, TimeProvider clock)
    {
        var started = Stopwatch.GetTimestamp();
        var (key, value, ttl) = (request.Key!, request.Value!, request.Ttl ?? options.Value.DefaultTtl);
        if (Encoding.UTF8.GetByteCount(value) is var bytes && bytes > options.Value.MaxValueBytes)
        {
            throw new BadInputException(
                "value", $"The value is {bytes} bytes of UTF-8; at most {options.Value.MaxValueBytes} are allowed.", StatusCodes.Status413PayloadTooLarge);
        }

        using var span = telemetry.Start(CacheDiagnostics.Spans.Set, key);
        await CacheTelemetry.ObserveAsync(span, lives.SetAsync(key, value, TimeSpan.FromSeconds(ttl)));

        telemetry.Written(span, key, bytes, ttl, Stopwatch.GetElapsedTime(started));
        return TypedResults.Ok(new SetResponse(
            $"Key '{key}' set to '{value}' with {ttl} seconds TTL", key, ttl, clock.GetUtcNow().AddSeconds(ttl)));
    }

    private static async Task<Results<Ok<GetResponse>, NotFound<KeyNotFound>>> GetAsync(
        UrlKey urlKey, CacheStore store, LifeBook lives, CacheTelemetry telemetry)
    {
        var started = Stopwatch.GetTimestamp();
        using var span = telemetry.Start(CacheDiagnostics.Spans.Get, urlKey.Value);
        var value = await CacheTelemetry.ObserveAsync(span, store.GetAsync(urlKey.Value));
        var whyGone = value is null ? await CacheTelemetry.ObserveAsync(span, lives.WhyGoneAsync(urlKey.Value)) : null;

        telemetry.Read(span, urlKey.Value, whyGone, Stopwatch.GetElapsedTime(started));
        return value is null ? NotFound() : TypedResults.Ok(new GetResponse(urlKey.Value, value));
    }

    private static async Task<Results<Ok<TtlResponse>, NotFound<KeyNotFound>>> TtlAsync(
        UrlKey urlKey, CacheStore store, CacheTelemetry telemetry)
    {
        var started = Stopwatch.GetTimestamp();
        var (found, left) = await store.TimeToLiveAsync(urlKey.Value);

        telemetry.Asked(urlKey.Value, found, Stopwatch.GetElapsedTime(started));
        return found ? TypedResults.Ok(new TtlResponse(urlKey.Value, left)) : NotFound();
    }

    private static async Task<Results<Ok<TtlResponse>, NotFound<KeyNotFound>>> ExpireAsync(
        ExpireRequest request, LifeBook lives, CacheTelemetry telemetry)
    {
        var started = Stopwatch.GetTimestamp();
        var (key, ttl) = (request.Key!, request.Ttl!.Value);
        using var span = telemetry.Start(CacheDiagnostics.Spans.Touch, key);
        var found = await CacheTelemetry.ObserveAsync(span, lives.ExpireAsync(key, TimeSpan.FromSeconds(ttl)));

        telemetry.Touched(span, key, ttl, found, Stopwatch.GetElapsedTime(started));
        return found ? TypedResults.Ok(new TtlResponse(key, ttl)) : NotFound();
    }

    private static async Task<Results<NoContent, NotFound<KeyNotFound>>> DeleteAsync(
        UrlKey urlKey, LifeBook lives, CacheTelemetry telemetry)
    {
        var started = Stopwatch.GetTimestamp();
        using var span = telemetry.Start(CacheDiagnostics.Spans.Delete, urlKey.Value);
        var found = await CacheTelemetry.ObserveAsync(span, lives.DeleteAsync(urlKey.Value));

        telemetry.Deleted(urlKey.Value, found, Stopwatch.GetElapsedTime(started));
        return found ? TypedResults.NoContent() : NotFound();
    }

    private static NotFound<KeyNotFound> NotFound() => TypedResults.NotFound(new KeyNotFound());
}

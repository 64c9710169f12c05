using System.Diagnostics;
using CacheDemo.Api.Keyspace;
using CacheDemo.Redis;
using Microsoft.Extensions.Options;
using static CacheDemo.Api.Diagnostics.CacheDiagnostics;

namespace CacheDemo.Api.Diagnostics;

/// <summary>Starts the spans of the cache.</summary>
internal sealed class CacheTracing(IOptions<CacheOptions> options)
{
    private readonly bool _traceKeys = options.Value.KeysInTelemetry;

    /// <summary>Starts the span of an operation on a key; null where nothing listens.</summary>
    public Activity? Start(string name, string key) => WithKey(Source.StartActivity(name), key);

    /// <summary>Starts the root span of an expiration, linked to the set that stored the entry.</summary>
    public Activity? StartExpired(string key, ActivityContext set, int ttl, ExpirySource source, TimeSpan lag)
    {
        var span = WithKey(
            Source.StartActivity(
                Spans.Expired, ActivityKind.Internal, parentContext: default,
                links: set == default ? null : [new ActivityLink(set)]),
            key);
        if (span is { IsAllDataRequested: true })
        {
            span.SetTag(Attributes.Ttl, ttl)
                .SetTag(Attributes.ExpirySource, source is ExpirySource.Ttl ? "ttl" : "keyspace")
                .SetTag(Attributes.ExpiryLag, lag.TotalSeconds);
        }

        return span;
    }

    /// <summary>Awaits the Redis commands of an operation; where they fail, its span has the error.</summary>
    public static Task<T> ObserveAsync<T>(Activity? span, Task<T> work) =>
        span is null ? work : ObserveEachAsync(span, work);

    /// <inheritdoc cref="ObserveAsync{T}"/>
    public static async Task ObserveAsync(Activity? span, Task work)
    {
        try
        {
            await work;
        }
        catch (Exception e)
        {
            span?.SetStatus(ActivityStatusCode.Error).SetTag(
                Attributes.ErrorType,
                RedisFailure.IsRedisFault(e) ? RedisFailure.Classify(e).Reason : e.GetType().FullName);
            throw;
        }
    }

    private static async Task<T> ObserveEachAsync<T>(Activity span, Task<T> work)
    {
        await ObserveAsync(span, (Task)work);
        return await work;
    }

    private Activity? WithKey(Activity? span, string key)
    {
        if (_traceKeys && span is { IsAllDataRequested: true })
            span.SetTag(Attributes.Key, key);
        return span;
    }
}

using System.Diagnostics;
using CacheDemo.Api.Cache;
using CacheDemo.Api.Expiry;
using CacheDemo.Api.Feed;
using CacheDemo.Api.Http;
using CacheDemo.Api.Redis;
using Microsoft.Extensions.Options;
using static CacheDemo.Api.Diagnostics.CacheDiagnostics;

namespace CacheDemo.Api.Diagnostics;

/// <summary>Tells of each operation in all the ways there are: its span, the instruments, a log line, the feed.</summary>
internal sealed partial class CacheTelemetry(
    CacheMetrics metrics, CacheFeed feed, IOptions<CacheOptions> options, ILogger<CacheTelemetry> logger)
{
    private readonly bool _keys = options.Value.KeysInTelemetry;

    /// <summary>Begins an operation on a key.</summary>
    public Activity? Start(string span, string key)
    {
        var activity = Source.StartActivity(span);
        if (_keys && activity is { IsAllDataRequested: true })
            activity.SetTag(Attributes.Key, key);
        return activity;
    }

    /// <summary>Waits for what an operation asks of Redis; where it fails, its span says so.</summary>
    public static Task<T> ObserveAsync<T>(Activity? span, Task<T> work) => span is null ? work : MarkFailureAsync(span, work);

    /// <inheritdoc cref="ObserveAsync{T}"/>
    public static async Task ObserveAsync(Activity? span, Task work)
    {
        try
        {
            await work;
        }
        catch (Exception e) when (e is not BadInputException)
        {
            MarkFailure(span, e);
            throw;
        }
    }

    private static async Task<T> MarkFailureAsync<T>(Activity span, Task<T> work)
    {
        await ObserveAsync(span, (Task)work);
        return await work;
    }

    private static void MarkFailure(Activity? span, Exception e) => span?
        .SetStatus(ActivityStatusCode.Error)
        .SetTag(Attributes.ErrorType, RedisFailure.IsAway(e) ? RedisFailure.Classify(e).Reason : e.GetType().FullName);

    /// <summary>A read was answered.</summary>
    public void Read(Activity? activity, string key, string? missReason, TimeSpan took)
    {
        var hit = missReason is null;
        metrics.Read(hit);
        if (activity is { IsAllDataRequested: true })
        {
            activity.SetTag(Attributes.Hit, hit);
            if (!hit)
                activity.SetTag(Attributes.MissReason, missReason);
        }

        if (logger.IsEnabled(LogLevel.Information))
            LogGet(Shown(key), hit ? "hit" : $"miss ({missReason})", took.TotalMilliseconds);
        if (feed.IsWatched)
            feed.Publish(hit ? FeedType.Hit : FeedType.Miss, key, null, took, missReason);
    }

    /// <summary>A value was written.</summary>
    public void Written(Activity? activity, string key, int bytes, int ttl, TimeSpan took)
    {
        metrics.Written();
        if (activity is { IsAllDataRequested: true })
            activity.SetTag(Attributes.Ttl, ttl).SetTag(Attributes.ItemSize, bytes);
        if (logger.IsEnabled(LogLevel.Information))
            LogSet(Shown(key), bytes, ttl, took.TotalMilliseconds);
        if (feed.IsWatched)
            feed.Publish(FeedType.Set, key, ttl, took);
    }

    /// <summary>A key was given a new life, or was not there.</summary>
    public void Touched(Activity? activity, string key, int ttl, bool found, TimeSpan took)
    {
        if (activity is { IsAllDataRequested: true })
            activity.SetTag(Attributes.Ttl, ttl);
        if (logger.IsEnabled(LogLevel.Information))
            LogExpire(Shown(key), ttl, found ? "extended" : "not found", took.TotalMilliseconds);
        if (found && feed.IsWatched)
            feed.Publish(FeedType.Touched, key, ttl, took);
    }

    /// <summary>A key was removed, or was not there.</summary>
    public void Deleted(string key, bool found, TimeSpan took)
    {
        if (found)
            metrics.Deleted();
        if (logger.IsEnabled(LogLevel.Information))
            LogDelete(Shown(key), found ? "deleted" : "not found", took.TotalMilliseconds);
        if (found && feed.IsWatched)
            feed.Publish(FeedType.Deleted, key, null, took);
    }

    /// <summary>A key was asked how long it has to live.</summary>
    public void Asked(string key, bool found, TimeSpan took)
    {
        if (logger.IsEnabled(LogLevel.Information))
            LogTtl(Shown(key), found ? "found" : "not found", took.TotalMilliseconds);
    }

    /// <summary>Keys were removed, as all are.</summary>
    public void Flushed(IReadOnlyCollection<string> keys, TimeSpan took)
    {
        metrics.Deleted(keys.Count);
        LogFlush(keys.Count, took.TotalMilliseconds);
        if (feed.IsWatched)
        {
            foreach (var key in keys)
                feed.Publish(FeedType.Deleted, key, null, null);
        }
    }

    /// <summary>Keys were listed.</summary>
    public void Listed(int keys, TimeSpan took)
    {
        if (logger.IsEnabled(LogLevel.Debug))
            LogKeys(keys, took.TotalMilliseconds);
    }

    /// <summary>A life ended: a trace of its own, linked to the set that began it.</summary>
    /// <param name="life">The life.</param>
    /// <param name="lived">How long it was, in seconds: another client may have changed the key's ttl.</param>
    /// <param name="source">What told of its end.</param>
    /// <param name="lag">The time from its end to now.</param>
    public void Expired(Life life, int lived, ExpirySource source, TimeSpan lag)
    {
        metrics.Expired(source, lag);

        // Whoever finds the end, a request too, is not its cause.
        var current = Activity.Current;
        Activity.Current = null;
        using (var activity = Source.StartActivity(
            Spans.Expired, ActivityKind.Internal, parentContext: default, links: life.Began == default ? null : [new ActivityLink(life.Began)]))
        {
            if (activity is { IsAllDataRequested: true })
            {
                if (_keys)
                    activity.SetTag(Attributes.Key, life.Key);
                activity.SetTag(Attributes.Ttl, lived)
                    .SetTag(Attributes.ExpirySource, source is ExpirySource.Ttl ? "ttl" : "keyspace")
                    .SetTag(Attributes.ExpiryLag, lag.TotalSeconds);
            }

            if (logger.IsEnabled(LogLevel.Information))
                LogExpired(Shown(life.Key), lived, lag.TotalMilliseconds);
            if (feed.IsWatched)
                feed.Publish(FeedType.Expired, life.Key, lived, null);
        }

        Activity.Current = current;
    }

    private string Shown(string key) => _keys ? key : "(key)";

    [LoggerMessage(LogLevel.Information, "SET {Key}: {Bytes} bytes for {Ttl} s in {Milliseconds:0.0} ms")]
    private partial void LogSet(string key, int bytes, int ttl, double milliseconds);

    [LoggerMessage(LogLevel.Information, "GET {Key}: {Outcome} in {Milliseconds:0.0} ms")]
    private partial void LogGet(string key, string outcome, double milliseconds);

    [LoggerMessage(LogLevel.Information, "EXPIRE {Key} {Ttl} s: {Outcome} in {Milliseconds:0.0} ms")]
    private partial void LogExpire(string key, int ttl, string outcome, double milliseconds);

    [LoggerMessage(LogLevel.Information, "DEL {Key}: {Outcome} in {Milliseconds:0.0} ms")]
    private partial void LogDelete(string key, string outcome, double milliseconds);

    [LoggerMessage(LogLevel.Information, "TTL {Key}: {Outcome} in {Milliseconds:0.0} ms")]
    private partial void LogTtl(string key, string outcome, double milliseconds);

    [LoggerMessage(LogLevel.Debug, "KEYS: {Count} listed in {Milliseconds:0.0} ms")]
    private partial void LogKeys(int count, double milliseconds);

    [LoggerMessage(LogLevel.Information, "FLUSH: {Count} deleted in {Milliseconds:0.0} ms")]
    private partial void LogFlush(int count, double milliseconds);

    [LoggerMessage(LogLevel.Information, "EXPIRED {Key} after {Ttl} s, reported {Milliseconds:0} ms after its end")]
    private partial void LogExpired(string key, int ttl, double milliseconds);
}

using System.Diagnostics.Metrics;
using System.Text.Json;
using CacheDemo.Redis;
using StackExchange.Redis;
using static CacheDemo.Api.Diagnostics.CacheDiagnostics;

namespace CacheDemo.Api.Diagnostics;

/// <summary>Counts of one instance since its start.</summary>
/// <param name="Hits">Reads that found the key.</param>
/// <param name="Misses">Reads that did not.</param>
/// <param name="Sets">Values written.</param>
/// <param name="Deletes">Keys deleted on request.</param>
/// <param name="Expirations">Keys that expired.</param>
/// <param name="Dropped">Keys whose expiration is not tracked.</param>
internal readonly record struct CacheCounts(
    long Hits, long Misses, long Sets, long Deletes, long Expirations, long Dropped);

/// <summary>
/// The instruments of meter <c>CacheDemo.Cache</c>. The counters are observable: the hot path increments a number, and
/// the SDK reads it when it exports.
/// </summary>
internal sealed class CacheMetrics : ICacheEventSubscriber
{
    private static readonly KeyValuePair<string, object?> Hit = new(Attributes.RequestType, "hit");
    private static readonly KeyValuePair<string, object?> Miss = new(Attributes.RequestType, "miss");
    private static readonly KeyValuePair<string, object?>[] Sources =
        [new(Attributes.ExpirySource, "ttl"), new(Attributes.ExpirySource, "keyspace")];

    private readonly Histogram<double> _lag;
    private readonly long[] _expirations = new long[Sources.Length];
    private long _hits, _misses, _sets, _deletes, _dropped;

    public CacheMetrics(
        IMeterFactory meters, IConnectionMultiplexer redis, RedisConnectionState state, IEnumerable<CacheLevels> caches)
    {
        var meter = meters.Create(Name);
        meter.CreateObservableCounter(
            Instruments.Requests,
            () =>
            (Measurement<long>[])
            [
                new(Volatile.Read(ref _hits), Hit),
                new(Volatile.Read(ref _misses), Miss),
                .. caches.SelectMany(cache => cache.Measure()),
            ],
            "{request}", "Reads of the cache. Filter by cache.request.type: hit, Redis had the key; miss, it had not.");
        meter.CreateObservableCounter(
            Instruments.Writes, () => Volatile.Read(ref _sets), "{write}", "Values written to the cache.");
        meter.CreateObservableCounter(
            Instruments.Deletes, () => Volatile.Read(ref _deletes), "{delete}", "Keys removed on request.");
        meter.CreateObservableCounter(
            Instruments.Expirations,
            () => Sources.Select((source, i) => new Measurement<long>(Volatile.Read(ref _expirations[i]), source)),
            "{expiration}",
            "Keys whose time to live ended, by how that was noticed: a keyspace notification, or the deadline (ttl).");
        meter.CreateObservableCounter(
            Instruments.ExpirationsDropped, () => Volatile.Read(ref _dropped),
            "{expiration}", "Keys whose end will not be reported, as there was no room to remember them.");
        meter.CreateObservableGauge(
            Instruments.RedisConnected, () => state.Current.Connected ? 1 : 0,
            description: "Whether Redis is connected: 1, or 0.");
        _lag = meter.CreateHistogram(
            Instruments.ExpiryLag,
            "s",
            "Time from the end of a key to its report.",
            advice: new InstrumentAdvice<double>
            {
                HistogramBucketBoundaries = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
            });

        var disconnects = meter.CreateCounter<long>(
            Instruments.RedisDisconnects, "{disconnect}", "Connections to Redis that were lost, by error.type.");
        redis.ConnectionFailed += (_, e) => disconnects.Add(1, new KeyValuePair<string, object?>(
            Attributes.ErrorType, JsonNamingPolicy.SnakeCaseLower.ConvertName($"{e.FailureType}")));
    }

    /// <summary>The counts since the start.</summary>
    public CacheCounts Counts => new(
        Volatile.Read(ref _hits), Volatile.Read(ref _misses), Volatile.Read(ref _sets), Volatile.Read(ref _deletes),
        _expirations.Sum(), Volatile.Read(ref _dropped));

    /// <inheritdoc />
    public void OnEvent(in CacheEvent cacheEvent)
    {
        switch (cacheEvent.Operation)
        {
            case CacheOperation.Get:
                Interlocked.Increment(ref cacheEvent.Found ? ref _hits : ref _misses);
                break;
            case CacheOperation.Set:
                Interlocked.Increment(ref _sets);
                break;
            case CacheOperation.Delete when cacheEvent.Found:
                Interlocked.Increment(ref _deletes);
                break;
            case CacheOperation.Expire:
                Interlocked.Increment(ref _expirations[(int)cacheEvent.Source]);
                _lag.Record(cacheEvent.Lag.TotalSeconds, Sources[(int)cacheEvent.Source]);
                break;
        }
    }

    /// <summary>Counts a key whose expiration is not tracked.</summary>
    public void Dropped() => Interlocked.Increment(ref _dropped);
}

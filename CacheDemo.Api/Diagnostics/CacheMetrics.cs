using System.Diagnostics;
using System.Diagnostics.Metrics;
using System.Text.Json;
using StackExchange.Redis;
using static CacheDemo.Api.Diagnostics.CacheDiagnostics;

namespace CacheDemo.Api.Diagnostics;

/// <summary>What told of the end of a life.</summary>
internal enum ExpirySource
{
    /// <summary>The deadline came and Redis no longer had the key.</summary>
    Ttl,

    /// <summary>Redis notified.</summary>
    Keyspace,
}

/// <summary>Counts of one instance since its start.</summary>
/// <param name="Hits">Reads that found the key.</param>
/// <param name="Misses">Reads that did not.</param>
/// <param name="Sets">Values written.</param>
/// <param name="Deletes">Keys removed on request.</param>
/// <param name="Expirations">Lives that ended.</param>
/// <param name="Dropped">Lives there was no room to remember.</param>
internal readonly record struct CacheCounts(long Hits, long Misses, long Sets, long Deletes, long Expirations, long Dropped);

/// <summary>
/// The instruments of meter <c>CacheDemo.Cache</c>. The counters are observable: the hot path only adds to a number, and the
/// SDK asks for it when it exports.
/// </summary>
internal sealed class CacheMetrics
{
    private static readonly KeyValuePair<string, object?> Hit = new(Attributes.RequestType, "hit");
    private static readonly KeyValuePair<string, object?> Miss = new(Attributes.RequestType, "miss");
    private static readonly KeyValuePair<string, object?>[] Sources =
        [new(Attributes.ExpirySource, "ttl"), new(Attributes.ExpirySource, "keyspace")];

    private readonly Histogram<double> _lag;
    private readonly Histogram<double> _duration;
    private readonly long[] _expirations = new long[Sources.Length];
    private readonly Counter<long> _disconnects;
    private int _connected;
    private long _hits, _misses, _sets, _deletes, _dropped;

    public CacheMetrics(IMeterFactory meters)
    {
        var meter = meters.Create(Name);
        meter.CreateObservableCounter(
            Instruments.Requests, () => new Measurement<long>[] { new(Volatile.Read(ref _hits), Hit), new(Volatile.Read(ref _misses), Miss) }, "{request}");
        meter.CreateObservableCounter(Instruments.Writes, () => Volatile.Read(ref _sets), "{write}");
        meter.CreateObservableCounter(Instruments.Deletes, () => Volatile.Read(ref _deletes), "{delete}");
        meter.CreateObservableCounter(
            Instruments.Expirations, () => Sources.Select((source, i) => new Measurement<long>(Volatile.Read(ref _expirations[i]), source)), "{expiration}");
        meter.CreateObservableCounter(Instruments.ExpirationsDropped, () => Volatile.Read(ref _dropped), "{expiration}");
        meter.CreateObservableGauge(Instruments.RedisConnected, () => Volatile.Read(ref _connected));
        _disconnects = meter.CreateCounter<long>(Instruments.RedisDisconnects, "{disconnect}");
        _lag = meter.CreateHistogram(Instruments.ExpiryLag, "s", advice: new InstrumentAdvice<double>
        {
            HistogramBucketBoundaries = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
        });
        // https://opentelemetry.io/docs/specs/semconv/database/database-metrics/
        _duration = meter.CreateHistogram(Instruments.OperationDuration, "s", advice: new InstrumentAdvice<double>
        {
            HistogramBucketBoundaries = [0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 10],
        });
    }

    /// <summary>What was counted since the start.</summary>
    public CacheCounts Counts => new(
        Volatile.Read(ref _hits), Volatile.Read(ref _misses), Volatile.Read(ref _sets), Volatile.Read(ref _deletes),
        _expirations.Sum(), Volatile.Read(ref _dropped));

    public void Read(bool hit) => Interlocked.Increment(ref hit ? ref _hits : ref _misses);

    public void Written() => Interlocked.Increment(ref _sets);

    public void Deleted(int count = 1) => Interlocked.Add(ref _deletes, count);

    public void Dropped() => Interlocked.Increment(ref _dropped);

    public void Connected(bool connected) => Volatile.Write(ref _connected, connected ? 1 : 0);

    public void Disconnected(ConnectionFailureType why) =>
        _disconnects.Add(1, new KeyValuePair<string, object?>("error.type", JsonNamingPolicy.SnakeCaseLower.ConvertName(why.ToString())));

    public void Expired(ExpirySource source, TimeSpan lag)
    {
        Interlocked.Increment(ref _expirations[(int)source]);
        _lag.Record(lag.TotalSeconds, Sources[(int)source]);
    }

    /// <summary>Measures how long Redis takes to answer a command that a request waits for.</summary>
    /// <param name="name">The command.</param>
    /// <param name="answer">Its answer, which is passed on.</param>
    public async Task<T> TimeAsync<T>(string name, Task<T> answer)
    {
        var started = Stopwatch.GetTimestamp();
        try
        {
            var result = await answer;
            Record(name, started, error: null);
            return result;
        }
        catch (Exception e)
        {
            // An error of Redis begins with a word that is its kind: WRONGTYPE, OOM, LOADING.
            Record(name, started, e is RedisServerException ? e.Message.Split(' ')[0] : e.GetType().FullName);
            throw;
        }
    }

    private void Record(string name, long started, string? error)
    {
        if (!_duration.Enabled)
            return;

        var tags = new TagList { { "db.system.name", "redis" }, { "db.operation.name", name } };
        if (error is not null)
            tags.Add("error.type", error);
        _duration.Record(Stopwatch.GetElapsedTime(started).TotalSeconds, tags);
    }
}

using System.Diagnostics;
using System.Diagnostics.Metrics;
using System.Net;
using System.Text.Json;
using Microsoft.Extensions.Options;
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
    private readonly (string Address, int Port)? _server;
    private readonly string _namespace;
    private int _connected;
    private long _hits, _misses, _sets, _deletes, _dropped;

    public CacheMetrics(IMeterFactory meters, IOptions<ConfigurationOptions> redis)
    {
        var meter = meters.Create(Name);
        meter.CreateObservableCounter(
            Instruments.Requests,
            () => new Measurement<long>[] { new(Volatile.Read(ref _hits), Hit), new(Volatile.Read(ref _misses), Miss) },
            "{request}", "Reads of the cache. Filter by cache.request.type: hit, Redis had the key; miss, it had not.");
        meter.CreateObservableCounter(Instruments.Writes, () => Volatile.Read(ref _sets), "{write}", "Values written to the cache.");
        meter.CreateObservableCounter(Instruments.Deletes, () => Volatile.Read(ref _deletes), "{delete}", "Keys removed on request.");
        meter.CreateObservableCounter(
            Instruments.Expirations,
            () => Sources.Select((source, i) => new Measurement<long>(Volatile.Read(ref _expirations[i]), source)),
            "{expiration}", "Keys whose time to live ended, by how that was noticed: a keyspace notification, or the deadline (ttl).");
        meter.CreateObservableCounter(
            Instruments.ExpirationsDropped, () => Volatile.Read(ref _dropped),
            "{expiration}", "Keys whose end will not be reported, as there was no room to remember them.");
        meter.CreateObservableGauge(
            Instruments.RedisConnected, () => Volatile.Read(ref _connected), description: "Whether Redis is connected: 1, or 0.");
        _disconnects = meter.CreateCounter<long>(
            Instruments.RedisDisconnects, "{disconnect}", "Connections to Redis that were lost, by error.type.");
        _lag = meter.CreateHistogram(
            Instruments.ExpiryLag, "s", "Time from the end of a key to its report.", advice: new InstrumentAdvice<double>
            {
                HistogramBucketBoundaries = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
            });
        // https://opentelemetry.io/docs/specs/semconv/database/database-metrics/
        _duration = meter.CreateHistogram(
            Instruments.OperationDuration, "s", "Duration of the Redis commands that requests wait for.", advice: new InstrumentAdvice<double>
            {
                HistogramBucketBoundaries = [0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 10],
            });

        _server = redis.Value.EndPoints is [var endpoint] ? endpoint switch
        {
            DnsEndPoint dns => (dns.Host, dns.Port),
            IPEndPoint ip => ($"{ip.Address}", ip.Port),
            _ => null,
        }
        : null; // which one of several it is, only the client knows
        _namespace = $"{redis.Value.DefaultDatabase ?? 0}";
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

    /// <summary>
    /// Measures how long Redis takes to answer a command that a request waits for, and has it as a client span below the operation
    /// where that is recorded (https://opentelemetry.io/docs/specs/semconv/database/redis/).
    /// </summary>
    /// <param name="name">The command.</param>
    /// <param name="answer">Its answer, which is passed on.</param>
    public async Task<T> TimeAsync<T>(string name, Task<T> answer)
    {
        var started = Stopwatch.GetTimestamp();
        using var span = Activity.Current is { Recorded: true } ? StartSpan(name) : null;
        try
        {
            var result = await answer;
            Record(name, started, error: null);
            return result;
        }
        catch (Exception e)
        {
            // An error of Redis begins with a word that is its kind: WRONGTYPE, OOM, LOADING.
            var error = e is RedisServerException ? e.Message.Split(' ')[0] : e.GetType().FullName;
            Record(name, started, error);
            span?.SetStatus(ActivityStatusCode.Error).SetTag(Attributes.ErrorType, error);
            throw;
        }
    }

    private Activity? StartSpan(string name)
    {
        var span = Source.StartActivity(name, ActivityKind.Client)?
            .SetTag("db.system.name", "redis")
            .SetTag("db.operation.name", name)
            .SetTag("db.namespace", _namespace);
        if (_server is var (address, port))
            span?.SetTag("server.address", address).SetTag("server.port", port);
        return span;
    }

    private void Record(string name, long started, string? error)
    {
        if (!_duration.Enabled)
            return;

        var tags = new TagList { { "db.system.name", "redis" }, { "db.operation.name", name } };
        if (error is not null)
            tags.Add(Attributes.ErrorType, error);
        _duration.Record(Stopwatch.GetElapsedTime(started).TotalSeconds, tags);
    }
}

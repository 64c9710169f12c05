using System.Diagnostics;
using System.Diagnostics.Metrics;
using System.Net;
using Microsoft.Extensions.Options;
using StackExchange.Redis;
using static CacheDemo.Api.Diagnostics.CacheDiagnostics;

namespace CacheDemo.Api.Diagnostics;

/// <summary>
/// The duration and the client span of each Redis command that a request waits for
/// (https://opentelemetry.io/docs/specs/semconv/database/redis/). The instrumentation of StackExchange.Redis would
/// profile every command, sampled or not, and export its spans seconds later.
/// </summary>
internal sealed class RedisCommandTelemetry
{
    private readonly Histogram<double> _duration;
    private readonly (string Address, int Port)? _server;
    private readonly string _namespace;

    public RedisCommandTelemetry(IMeterFactory meters, IOptions<ConfigurationOptions> redis)
    {
        _duration = CreateDuration(meters);
        _server = redis.Value.EndPoints switch
        {
            [DnsEndPoint dns] => (dns.Host, dns.Port),
            [IPEndPoint ip] => ($"{ip.Address}", ip.Port),
            _ => null, // only the client knows which one of several it is
        };
        _namespace = $"{redis.Value.DefaultDatabase ?? 0}";
    }

    /// <summary>The histogram of durations, which the meter creates once.</summary>
    public static Histogram<double> CreateDuration(IMeterFactory meters) => meters.Create(Name).CreateHistogram(
        Instruments.OperationDuration, "s",
        "Duration of the commands of Redis and the database that requests wait for.",
        advice: new InstrumentAdvice<double>
        {
            HistogramBucketBoundaries = [0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 10],
        });

    /// <summary>Measures how long Redis takes to answer a command.</summary>
    /// <param name="name">The command.</param>
    /// <param name="reply">Its reply, which is returned.</param>
    public async Task<T> TimeAsync<T>(string name, Task<T> reply)
    {
        var started = Stopwatch.GetTimestamp();
        using var span = Activity.Current is { Recorded: true } ? StartSpan(name) : null;
        try
        {
            var result = await reply;
            Record(name, started, error: null);
            return result;
        }
        catch (Exception e)
        {
            // An error reply begins with its kind: WRONGTYPE, OOM, LOADING.
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

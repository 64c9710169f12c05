using System.Diagnostics;
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
    private readonly CommandDuration _duration;
    private readonly (string Address, int Port)? _server;
    private readonly string _namespace;

    public RedisCommandTelemetry(CommandDuration duration, IOptions<ConfigurationOptions> redis)
    {
        _duration = duration;
        _server = redis.Value.EndPoints switch
        {
            [DnsEndPoint dns] => (dns.Host, dns.Port),
            [IPEndPoint ip] => ($"{ip.Address}", ip.Port),
            _ => null, // only the client knows which one of several it is
        };
        _namespace = $"{redis.Value.DefaultDatabase ?? 0}";
    }

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
            _duration.Record("redis", name, started, error: null);
            return result;
        }
        catch (Exception e)
        {
            // An error reply begins with its kind: WRONGTYPE, OOM, LOADING.
            var error = e is RedisServerException ? e.Message.Split(' ')[0] : e.GetType().FullName;
            _duration.Record("redis", name, started, error);
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
}

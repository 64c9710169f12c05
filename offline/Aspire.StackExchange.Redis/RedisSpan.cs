using System.Diagnostics;
using System.Globalization;
using System.Net;
using StackExchange.Redis.Profiling;

namespace Aspire.StackExchange.Redis;

/// <summary>The span of a Redis command.</summary>
internal static class RedisSpan
{
    /// <summary>The activity source.</summary>
    public const string SourceName = "OpenTelemetry.Instrumentation.StackExchangeRedis";

    private static readonly ActivitySource Source = new(SourceName);

    private static readonly string[] OptIn = (Environment.GetEnvironmentVariable("OTEL_SEMCONV_STABILITY_OPT_IN") ?? "")
        .ToLowerInvariant().Split([',', ' '], StringSplitOptions.RemoveEmptyEntries);

    private static readonly bool Both = OptIn.Contains("database/dup");
    private static readonly bool Current = Both || OptIn.Contains("database");
    private static readonly bool Old = Both || !Current;

    /// <summary>Whether anybody listens.</summary>
    public static bool IsWanted => Source.HasListeners();

    /// <summary>Records the span of a command that has ended.</summary>
    public static void Record(IProfiledCommand command, ActivityContext parent)
    {
        var systemTags = new List<KeyValuePair<string, object?>>(2);
        if (Old)
            systemTags.Add(new("db.system", "redis"));
        if (Current)
            systemTags.Add(new("db.system.name", "redis"));

        var (name, start) = (command.Command, command.CommandCreated);
        using var span = Source.StartActivity(name, ActivityKind.Client, parent, systemTags, startTime: start);
        if (span is null)
            return;

        span.SetEndTime(start + command.ElapsedTime);
        if (!span.IsAllDataRequested)
            return;

        if (Old)
        {
            span.SetTag("db.redis.database_index", command.Db);
            span.SetTag("db.statement", name);
        }

        if (Current)
        {
            span.SetTag("db.operation.name", name);
            span.SetTag("db.namespace", command.Db.ToString(CultureInfo.InvariantCulture));
            span.SetTag("db.query.text", name);
        }

        SetServer(span, command.EndPoint);

        var enqueued = start + command.CreationToEnqueued;
        var sent = enqueued + command.EnqueuedToSending;
        span.AddEvent(new("Enqueued", enqueued));
        span.AddEvent(new("Sent", sent));
        span.AddEvent(new("ResponseReceived", sent + command.SentToResponse));
    }

    private static void SetServer(Activity span, EndPoint? server)
    {
        switch (server)
        {
            case IPEndPoint ip:
                span.SetTag("server.address", ip.Address.ToString());
                span.SetTag("server.port", ip.Port);
                span.SetTag("network.peer.address", ip.Address.ToString());
                span.SetTag("network.peer.port", ip.Port);
                break;
            case DnsEndPoint dns:
                span.SetTag("server.address", dns.Host);
                span.SetTag("server.port", dns.Port);
                break;
        }
    }
}

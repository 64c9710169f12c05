using System.Collections.Concurrent;
using System.IO.Compression;
using System.Net;
using System.Text;
using Google.Protobuf;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;

namespace CacheDemo.Tests.Support;

/// <summary>
/// A collector: it listens on loopback for OTLP over HTTP in protobuf and keeps what processes export, decoded and raw.
/// </summary>
public sealed class OtlpReceiver : IAsyncDisposable
{
    /// <summary>Spans of Redis commands are exported only after they were collected, every ten seconds.</summary>
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(30);

    private readonly WebApplication _app;
    private readonly ConcurrentQueue<(string Path, byte[] Body)> _requests = new();
    private readonly ConcurrentQueue<OtlpSpan> _spans = new();
    private readonly ConcurrentQueue<OtlpMetricPoint> _metrics = new();
    private readonly ConcurrentQueue<OtlpLogRecord> _logs = new();
    private readonly ConcurrentQueue<string> _failures = new();

    private OtlpReceiver()
    {
        var builder = WebApplication.CreateEmptyBuilder(new());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel =>
        {
            kestrel.Listen(IPAddress.Loopback, 0);
            kestrel.Limits.MaxRequestBodySize = null;
        });
        _app = builder.Build();
        _app.Run(ReceiveAsync);
    }

    /// <summary>The base address; the paths of the signals are below it.</summary>
    public string Endpoint => _app.Urls.Single();

    /// <summary>What came so far.</summary>
    public IReadOnlyList<OtlpSpan> Spans => [.. _spans];

    /// <summary>The data points so far: each instrument again with every export.</summary>
    public IReadOnlyList<OtlpMetricPoint> Metrics => [.. _metrics];

    /// <summary>What came so far.</summary>
    public IReadOnlyList<OtlpLogRecord> Logs => [.. _logs];

    /// <summary>Starts to listen on a free port.</summary>
    public static async Task<OtlpReceiver> StartAsync()
    {
        var receiver = new OtlpReceiver();
        await receiver._app.StartAsync(TestContext.Current.CancellationToken);
        return receiver;
    }

    /// <summary>The settings of a service that exports here, at short intervals.</summary>
    public IEnumerable<(string Name, string Value)> Settings =>
    [
        ("OTEL_EXPORTER_OTLP_ENDPOINT", Endpoint),
        ("OTEL_EXPORTER_OTLP_PROTOCOL", "http/protobuf"),
        ("OTEL_BSP_SCHEDULE_DELAY", "100"),
        ("OTEL_BSP_MAX_QUEUE_SIZE", "100000"),
        ("OTEL_BLRP_SCHEDULE_DELAY", "100"),
        ("OTEL_METRIC_EXPORT_INTERVAL", "500"),
    ];

    /// <summary>Waits until at least that many such spans have arrived, and returns them by start time.</summary>
    public async Task<IReadOnlyList<OtlpSpan>> SpansAsync(Func<OtlpSpan, bool> such, string what, int count = 1)
    {
        OtlpSpan[] found = [];
        await TrueAsync(() => (found = [.. _spans.Where(such)]).Length >= count, $"{count} x {what}");
        return [.. found.OrderBy(span => span.StartTime)];
    }

    /// <summary>Waits for a span of that name of that key, and returns it; fails where there are several.</summary>
    public async Task<OtlpSpan> SpanAsync(string name, string key) =>
        Assert.Single(await SpansAsync(Is(name, key), $"{name} of {key}"));

    /// <summary>Waits until there are at least that many such log records, and returns them in order.</summary>
    public async Task<IReadOnlyList<OtlpLogRecord>> LogsAsync(
        Func<OtlpLogRecord, bool> such, string what, int count = 1)
    {
        OtlpLogRecord[] found = [];
        await TrueAsync(() => (found = [.. _logs.Where(such)]).Length >= count, $"{count} x {what}");
        return [.. found.OrderBy(record => record.Time)];
    }

    /// <summary>Waits until a service has exported the current values of its instruments.</summary>
    public Task MetricsAreFreshAsync(string service)
    {
        var now = DateTimeOffset.UtcNow;
        return TrueAsync(
            () => _metrics.Any(point => point.Origin.Service == service && point.Time > now),
            $"metrics of {service}");
    }

    /// <summary>
    /// The last data points of an instrument with these attributes, one for each process and set of attributes.
    /// </summary>
    public IReadOnlyList<OtlpMetricPoint> Last(string instrument, params (string Name, object Value)[] with) =>
        [
            .. _metrics
                .Where(point =>
                    point.Name == instrument && with.All(tag => tag.Value.Equals(point.Attributes.Of(tag.Name))))
                .GroupBy(point => (point.Origin, Attributes: point.Attributes.ToString()))
                .Select(points => points.MaxBy(point => point.Time)!),
        ];

    /// <summary>The value of a counter, or the count of a histogram, over all processes.</summary>
    public long Total(string instrument, params (string Name, object Value)[] with) =>
        Last(instrument, with).Sum(point => point.Kind is OtlpMetricKind.Histogram ? point.Count : (long)point.Value);

    /// <summary>
    /// Whether the text was anywhere in the exports, or in those of one signal (<c>traces</c>, <c>metrics</c>,
    /// <c>logs</c>).
    /// </summary>
    public bool Heard(string text, string? signal = null)
    {
        var bytes = Encoding.UTF8.GetBytes(text);
        return _requests.Any(request =>
            (signal is null || request.Path == $"/v1/{signal}") && request.Body.AsSpan().IndexOf(bytes) >= 0);
    }

    /// <summary>Chooses spans by name and <c>cache.key</c>.</summary>
    public static Func<OtlpSpan, bool> Is(string name, string key) =>
        span => span.Name == name && key.Equals(span.Attributes.Of("cache.key"));

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    private Task TrueAsync(Func<bool> condition, string what) =>
        Eventually.TrueAsync(() => Task.FromResult(condition()), what, Timeout, Describe);

    private string Describe() => $"""
        {_requests.Count} requests, {_failures.Count} of them not understood {_failures.FirstOrDefault()}
        Spans: {string.Join(
            ", ",
            _spans.CountBy(span => $"{span.Origin.Service} {span.Name}").Select(span => $"{span.Value} x {span.Key}"))}
        Instruments: {string.Join(", ", _metrics.Select(point => point.Name).Distinct())}
        """;

    private async Task ReceiveAsync(HttpContext context)
    {
        using var body = new MemoryStream();
        await using (
            var sent =
                context.Request.Headers.ContentEncoding == "gzip"
                    ? new GZipStream(context.Request.Body, CompressionMode.Decompress)
                    : context.Request.Body)
            await sent.CopyToAsync(body, context.RequestAborted);

        var bytes = body.ToArray();
        _requests.Enqueue((context.Request.Path, bytes));
        try
        {
            Keep(context.Request, ByteString.CopyFrom(bytes));
            context.Response.ContentType = "application/x-protobuf";
        }
        catch (Exception failure)
            when (failure is InvalidDataException or InvalidProtocolBufferException or NotSupportedException)
        {
            _failures.Enqueue(failure.ToString());
            context.Response.StatusCode = StatusCodes.Status400BadRequest;
        }
    }

    private void Keep(HttpRequest request, ByteString message)
    {
        if (request.ContentType != "application/x-protobuf")
            throw new NotSupportedException($"{request.Method} {request.Path} of {request.ContentType}");

        switch (request.Path.Value)
        {
            case "/v1/traces":
                KeepAll(_spans, Otlp.Spans(message));
                break;
            case "/v1/metrics":
                KeepAll(_metrics, Otlp.Metrics(message));
                break;
            case "/v1/logs":
                KeepAll(_logs, Otlp.Logs(message));
                break;
            default:
                throw new NotSupportedException($"{request.Method} {request.Path}");
        }
    }

    private static void KeepAll<T>(ConcurrentQueue<T> all, IEnumerable<T> some)
    {
        foreach (var one in some)
            all.Enqueue(one);
    }
}

using System.Diagnostics;
using Google.Protobuf;

namespace CacheDemo.Tests.Support;

/// <summary>Attributes of anything; values are string, bool, long, double, or an array of these.</summary>
public sealed class OtlpAttributes(IEnumerable<KeyValuePair<string, object?>> attributes)
    : Dictionary<string, object?>(attributes.DistinctBy(attribute => attribute.Key))
{
    /// <summary>The value, or null where there is no such attribute.</summary>
    public object? Of(string name) => TryGetValue(name, out var value) ? value : null;

    public override string ToString() =>
        string.Join(
            ", ",
            this.OrderBy(attribute => attribute.Key).Select(attribute => $"{attribute.Key}={attribute.Value}"));
}

/// <summary>The resource and the instrumentation scope of an item.</summary>
/// <param name="Service">The resource's <c>service.name</c>.</param>
/// <param name="Instance">The resource's <c>service.instance.id</c>.</param>
/// <param name="Scope">The activity source, the meter or the category of the logger.</param>
public sealed record OtlpOrigin(string? Service, string? Instance, string Scope);

/// <summary>The span at the other end of a link.</summary>
public sealed record OtlpLink(string TraceId, string SpanId);

/// <summary>A span that has ended.</summary>
public sealed record OtlpSpan(
    OtlpOrigin Origin,
    string TraceId,
    string SpanId,
    string? ParentSpanId,
    string Name,
    ActivityKind Kind,
    OtlpAttributes Attributes,
    IReadOnlyList<OtlpLink> Links,
    DateTimeOffset StartTime,
    DateTimeOffset EndTime,
    ActivityStatusCode Status);

/// <summary>The kind of a data point.</summary>
public enum OtlpMetricKind
{
    Gauge,
    Sum,
    Histogram,
}

/// <summary>
/// A data point: the value of an instrument for one set of attributes; of a histogram, <c>Value</c> is the sum.
/// </summary>
public sealed record OtlpMetricPoint(
    OtlpOrigin Origin,
    string Name,
    string Description,
    string Unit,
    OtlpMetricKind Kind,
    bool IsMonotonic,
    bool IsCumulative,
    OtlpAttributes Attributes,
    double Value,
    long Count,
    IReadOnlyList<double> Bounds,
    IReadOnlyList<long> BucketCounts,
    DateTimeOffset StartTime,
    DateTimeOffset Time);

/// <summary>A log record.</summary>
public sealed record OtlpLogRecord(
    OtlpOrigin Origin,
    string Body,
    int Severity,
    OtlpAttributes Attributes,
    string? TraceId,
    string? SpanId,
    DateTimeOffset Time);

/// <summary>Reads OTLP requests, by the field numbers of opentelemetry-proto.</summary>
internal static class Otlp
{
    private const ulong Cumulative = 2;

    private static readonly Dictionary<int, OtlpMetricKind> MetricKinds =
        new() { [5] = OtlpMetricKind.Gauge, [7] = OtlpMetricKind.Sum, [9] = OtlpMetricKind.Histogram };

    public static IEnumerable<OtlpSpan> Spans(ByteString request) =>
        from item in Items(request)
        let span = item.Message
        select new OtlpSpan(
            item.Origin,
            span.Hex(1)!,
            span.Hex(2)!,
            span.Hex(4),
            span.Text(5),
            (ActivityKind)(span.Number(6) - 1),
            Attributes(span, 9),
            [.. span.Messages(13).Select(link => new OtlpLink(link.Hex(1)!, link.Hex(2)!))],
            span.Moment(7), span.Moment(8), (ActivityStatusCode)span.Message(15).Number(3));

    public static IEnumerable<OtlpLogRecord> Logs(ByteString request) =>
        from item in Items(request)
        let record = item.Message
        select new OtlpLogRecord(
            item.Origin, $"{Value(record.Message(5))}", (int)record.Number(2), Attributes(record, 6), record.Hex(9),
            record.Hex(10), record.Moment(1));

    public static IEnumerable<OtlpMetricPoint> Metrics(ByteString request) =>
        from item in Items(request)
        let metric = item.Message
        from kind in MetricKinds
        from data in metric.Messages(kind.Key)
        from point in data.Messages(1)
        select Point(item.Origin, metric, kind.Value, data, point);

    private static OtlpMetricPoint Point(
        OtlpOrigin origin, ProtoMessage metric, OtlpMetricKind kind, ProtoMessage data, ProtoMessage point)
    {
        var isHistogram = kind is OtlpMetricKind.Histogram;
        return new OtlpMetricPoint(
            origin, metric.Text(1), metric.Text(2), metric.Text(3), kind,
            IsMonotonic: data.Number(3) == 1,
            IsCumulative: data.Number(2) == Cumulative,
            Attributes(point, isHistogram ? 9 : 7),
            isHistogram ? point.Double(5) : point.Has(4) ? point.Double(4) : (long)point.Number(6),
            isHistogram ? (long)point.Number(4) : 0,
            isHistogram ? [.. point.Fixed64s(7).Select(BitConverter.UInt64BitsToDouble)] : [],
            isHistogram ? [.. point.Fixed64s(6).Select(count => (long)count)] : [],
            point.Moment(2), point.Moment(3));
    }

    // Of all signals alike: the request has resources (1), a resource its attributes (1) and scopes (2), a scope its
    // name (1.1) and items (2).
    private static IEnumerable<(OtlpOrigin Origin, ProtoMessage Message)> Items(ByteString request) =>
        from resource in new ProtoMessage(request).Messages(1)
        let of = Attributes(resource.Message(1), 1)
        from scope in resource.Messages(2)
        let origin = new OtlpOrigin(
            of.Of("service.name") as string, of.Of("service.instance.id") as string, scope.Message(1).Text(1))
        from item in scope.Messages(2)
        select (origin, item);

    private static OtlpAttributes Attributes(ProtoMessage message, int field) =>
        new(
            message
                .Messages(field)
                .Select(attribute => KeyValuePair.Create(attribute.Text(1), Value(attribute.Message(2)))));

    private static object? Value(ProtoMessage any) =>
        any.Has(1) ? any.Text(1)
        : any.Has(2) ? any.Number(2) == 1
        : any.Has(3) ? (long)any.Number(3)
        : any.Has(4) ? any.Double(4)
        : any.Has(5) ? any.Message(5).Messages(1).Select(Value).ToArray()
        : any.Has(7) ? any.Hex(7)
        : null;
}

using System.Diagnostics;
using System.Globalization;
using System.Text.Json;

namespace CacheDemo.Tests.Support;

/// <summary>The Aspire dashboard of a running system, as programs see it: its HTTP API.</summary>
/// <param name="login">Where a browser logs in.</param>
/// <param name="apiKey">The key of the API, the AppHost's <c>AppHost:DashboardApiKey</c>.</param>
public sealed class DashboardApi(Uri login, string apiKey) : IDisposable
{
    private const int Everything = 100_000;

    private readonly HttpClient _client = new()
    {
        BaseAddress = login,
        DefaultRequestHeaders = { { "X-API-Key", apiKey } },
    };

    /// <summary>Where a browser logs in.</summary>
    public Uri Login => login;

    /// <summary>Every span so far by its trace, as the trace list has them; each attribute is a string.</summary>
    public async Task<IReadOnlyList<IGrouping<string, OtlpSpan>>> TracesAsync() =>
        [.. (await SpansAsync()).GroupBy(span => span.TraceId)];

    /// <summary>Every span so far; each attribute is a string.</summary>
    public async Task<IReadOnlyList<OtlpSpan>> SpansAsync() =>
    [
        .. from item in await ItemsAsync("traces", "resourceSpans", "scopeSpans", "spans")
           let span = item.Item
           orderby Text(span, "startTimeUnixNano").Length, Text(span, "startTimeUnixNano")
           select new OtlpSpan(
               item.Origin, Text(span, "traceId"), Text(span, "spanId"), Optional(span, "parentSpanId"),
                Text(span, "name"),
               (ActivityKind)(span.GetProperty("kind").GetInt32() - 1), Attributes(span),
               [.. List(span, "links").Select(link => new OtlpLink(Text(link, "traceId"), Text(link, "spanId")))],
               Moment(span, "startTimeUnixNano"), Moment(span, "endTimeUnixNano"),
               span.TryGetProperty("status", out var status) && status.TryGetProperty("code", out var code)
                   ? (ActivityStatusCode)code.GetInt32() : ActivityStatusCode.Unset),
    ];

    /// <summary>Every line of a log so far; each attribute is a string.</summary>
    public async Task<IReadOnlyList<OtlpLogRecord>> LogsAsync() =>
        [
            .. from item in await ItemsAsync("logs", "resourceLogs", "scopeLogs", "logRecords")
            let record = item.Item
            select new OtlpLogRecord(
                item.Origin, Optional(record.GetProperty("body"), "stringValue") ?? "",
                record.GetProperty("severityNumber").GetInt32(), Attributes(record), Optional(record, "traceId"),
                Optional(record, "spanId"), Moment(record, "timeUnixNano")),
        ];

    public void Dispose() => _client.Dispose();

    // Of all signals alike: the answer has resources, a resource its attributes and scopes, a scope its name and items.
    private async Task<IEnumerable<(OtlpOrigin Origin, JsonElement Item)>> ItemsAsync(
        string signal, string resources, string scopes, string items)
    {
        var answer = await _client.GetAnswerAsync($"/api/telemetry/{signal}?limit={Everything}");
        Assert.True(answer.Status == System.Net.HttpStatusCode.OK, $"{answer.Status} {answer.Body}");
        return
            from resource in List(answer["data"], resources)
            let of = resource.TryGetProperty("resource", out var attributes) ? Attributes(attributes) : new([])
            from scope in List(resource, scopes)
            let origin = new OtlpOrigin(
                of.Of("service.name") as string, of.Of("service.instance.id") as string,
                Optional(scope.GetProperty("scope"), "name") ?? "")
            from item in List(scope, items)
            select (origin, item);
    }

    private static OtlpAttributes Attributes(JsonElement of) =>
        new(
            List(of, "attributes")
                .Select(attribute =>
                    KeyValuePair.Create(
                        Text(attribute, "key"),
                        (object?)(
                            attribute.TryGetProperty("value", out var value) ? Optional(value, "stringValue") : null)))
        );

    private static IEnumerable<JsonElement> List(JsonElement of, string name) =>
        of.TryGetProperty(name, out var list) && list.ValueKind == JsonValueKind.Array ? list.EnumerateArray() : [];

    private static string Text(JsonElement of, string name) => of.GetProperty(name).GetString()!;

    private static string? Optional(JsonElement of, string name) =>
        of.TryGetProperty(name, out var text) && text.GetString() is { Length: > 0 } found ? found : null;

    private static DateTimeOffset Moment(JsonElement of, string name) =>
        DateTimeOffset.UnixEpoch.AddTicks(
            long.Parse(Text(of, name), CultureInfo.InvariantCulture) / TimeSpan.NanosecondsPerTick);
}

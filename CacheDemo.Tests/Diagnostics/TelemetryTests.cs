using System.Diagnostics;
using System.Globalization;
using CacheDemo.Tests.Support;
using static CacheDemo.Tests.Support.CacheClient;

namespace CacheDemo.Tests.Diagnostics;

/// <summary>The services as processes, on the embedded server, and a collector that both send to.</summary>
public sealed class ObservedSystem : IAsyncLifetime
{
    private readonly GarnetEngine _redis = new();

    /// <summary>The collector.</summary>
    public OtlpReceiver Telemetry { get; private set; } = null!;

    /// <summary>The running system.</summary>
    public Demo Demo { get; private set; } = null!;

    /// <summary>Settings of both services.</summary>
    public IReadOnlyList<(string Name, string Value)> Options { get; init; } = [];

    public async ValueTask InitializeAsync()
    {
        await _redis.StartAsync();
        Telemetry = await OtlpReceiver.StartAsync();
        // Development, as the AppHost has it, with a log line for each operation.
        (string, string)[] both = [("ASPNETCORE_ENVIRONMENT", "Development"), .. Options];
        var api = await ServiceProcess.StartApiAsync(_redis.ConnectionString, Telemetry, both);
        var page = await ServiceProcess.StartPageAsync(
            api.Client.BaseAddress!, [("OTEL_SERVICE_NAME", "frontend"), .. Telemetry.Settings, .. both]);
        Demo = new Demo(page.Client, api.Client, page, api);
    }

    public async ValueTask DisposeAsync()
    {
        if (Demo is not null)
            await Demo.DisposeAsync();
        if (Telemetry is not null)
            await Telemetry.DisposeAsync();
        await _redis.DisposeAsync();
    }
}

/// <summary>What the processes export to a collector: spans, metrics and log records.</summary>
public class TelemetryTests(ObservedSystem system) : IClassFixture<ObservedSystem>
{
    private const string Source = "CacheDemo.Cache";

    private Demo Demo => system.Demo;

    private OtlpReceiver Telemetry => system.Telemetry;

    [Fact]
    public async Task The_journey_is_a_set_a_hit_a_miss_with_its_reason_and_one_expiration_linked_to_the_set()
    {
        var key = NewKey();
        await JourneyAsync(key);

        var set = await Telemetry.SpanAsync("cache.set", key);
        Assert.Collection(
            await Telemetry.SpansAsync(OtlpReceiver.Is("cache.get", key), "cache.get", 2),
            hit =>
            {
                Assert.Equal(true, hit.Attributes.Of("cache.hit"));
                Assert.Null(hit.Attributes.Of("cachedemo.cache.miss_reason"));
            },
            miss =>
            {
                Assert.Equal(false, miss.Attributes.Of("cache.hit"));
                Assert.Equal("expired", miss.Attributes.Of("cachedemo.cache.miss_reason"));
            });

        var expired = await Telemetry.SpanAsync("cache.expired", key);
        Assert.Null(expired.ParentSpanId);
        Assert.NotEqual(set.TraceId, expired.TraceId);
        Assert.Equal(new OtlpLink(set.TraceId, set.SpanId), Assert.Single(expired.Links));
        Assert.Equal(2, Number(expired, "cache.ttl"));
        Assert.Contains(expired.Attributes.Of("cachedemo.cache.expiry_source"), new object[] { "keyspace", "ttl" });
        Assert.InRange(Number(expired, "cachedemo.cache.expiry_lag"), 0, 1);
        Assert.Equal((Source, ActivityKind.Internal), (expired.Origin.Scope, expired.Kind));

        await ALaterKeyExpiresAsync();
        Assert.Single(Telemetry.Spans, span => OtlpReceiver.Is("cache.expired", key)(span));
    }

    [Fact]
    public async Task Each_operation_is_in_one_trace_with_the_page_the_proxy_and_the_API()
    {
        var key = NewKey();
        await Demo.SetAsync(key);
        await Demo.HitAsync(key);
        await Demo.MissAsync(NewKey());

        foreach (
            var operation in new[]
            {
                await Telemetry.SpanAsync("cache.set", key),
                await Telemetry.SpanAsync("cache.get", key),
            })
        {
            var api = await ParentOfAsync(operation);
            Assert.Equal(("api", ActivityKind.Server), (api.Origin.Service, api.Kind));
            var proxy = await ParentOfAsync(api);
            Assert.Equal(("frontend", ActivityKind.Client), (proxy.Origin.Service, proxy.Kind));
            var page = await ParentOfAsync(proxy);
            Assert.Equal(("frontend", ActivityKind.Server), (page.Origin.Service, page.Kind));
        }
    }

    [Fact]
    public async Task The_spans_of_Redis_commands_are_children_of_their_operation()
    {
        var key = NewKey();
        await Demo.SetAsync(key);
        await Demo.HitAsync(key);

        var set = await Telemetry.SpanAsync("cache.set", key);
        Assert.NotEmpty(await CommandsOfAsync(set));

        var hit = await Telemetry.SpanAsync("cache.get", key);
        var command = Assert.Single(await CommandsOfAsync(hit));
        Assert.Equal("GET", command.Attributes.Of("db.operation.name"));
    }

    [Fact]
    public async Task Each_operation_has_its_key_and_its_outcome_as_attributes()
    {
        var key = NewKey();
        await Demo.SetAsync(key, "naïve", 60);
        await Demo.TouchAsync(key, 500);
        await Demo.DeleteAsync(key);

        var set = await Telemetry.SpanAsync("cache.set", key);
        Assert.Equal((60d, 6d), (Number(set, "cache.ttl"), Number(set, "cache.item_size")));
        var touch = await Telemetry.SpanAsync("cache.touch", key);
        Assert.Equal(500, Number(touch, "cache.ttl"));
        var delete = await Telemetry.SpanAsync("cache.delete", key);

        foreach (var operation in new[] { set, touch, delete })
        {
            Assert.Equal((Source, ActivityKind.Internal), (operation.Origin.Scope, operation.Kind));
            Assert.NotEqual(ActivityStatusCode.Error, operation.Status);
        }
    }

    [Fact]
    public async Task A_miss_has_the_reason_deleted_or_absent_and_is_not_an_error()
    {
        string deleted = NewKey(), absent = NewKey();
        await Demo.SetAsync(deleted);
        await Demo.DeleteAsync(deleted);
        await Demo.MissAsync(deleted);
        await Demo.MissAsync(absent);

        foreach (var (key, reason) in new[] { (deleted, "deleted"), (absent, "absent") })
        {
            var miss = await Telemetry.SpanAsync("cache.get", key);
            Assert.Equal(false, miss.Attributes.Of("cache.hit"));
            Assert.Equal(reason, miss.Attributes.Of("cachedemo.cache.miss_reason"));

            // By the semantic conventions a 404 is an error of an HTTP client span; that of the proxy must not be one.
            var api = await ParentOfAsync(miss);
            var proxy = await ParentOfAsync(api);
            Assert.All([miss, api, proxy, await ParentOfAsync(proxy)], span =>
            {
                Assert.NotEqual(ActivityStatusCode.Error, span.Status);
                Assert.Null(span.Attributes.Of("error.type"));
            });
        }
    }

    [Fact]
    public async Task No_key_is_in_a_span_name_or_a_metric_and_no_value_is_in_any_signal()
    {
        string key = NewKey(), value = NewKey("value");
        await Demo.SetAsync(key, value);
        await Demo.HitAsync(key);
        await Demo.TouchAsync(key, 1);
        await Demo.EndsAsync(key);
        await Demo.MissAsync(key);
        await Demo.SetAsync(key, value);
        await Demo.DeleteAsync(key);
        await Demo.Page.PostAsync("/api/set", new { key, value, ttl = 0 });
        await Demo.Page.PostTextAsync("/api/set", $$"""{"key":"{{key}}","value":"{{value}}""");

        foreach (var set in await Telemetry.SpansAsync(OtlpReceiver.Is("cache.set", key), "cache.set", 2))
            await CommandsOfAsync(set);
        await Telemetry.SpanAsync("cache.expired", key);
        await Telemetry.MetricsAreFreshAsync("api");
        await Telemetry.MetricsAreFreshAsync("frontend");

        // The search is over the bytes received; it has to find the key, or it would prove nothing.
        Assert.True(
            Telemetry.Heard(key, "traces") && Telemetry.Heard(key, "logs"),
            "the key is in spans and in the log");
        Assert.False(Telemetry.Heard(key, "metrics"), "the key is in a metric");
        Assert.DoesNotContain(Telemetry.Spans, span => span.Name.Contains(key, StringComparison.Ordinal));
        Assert.False(Telemetry.Heard(value), "the value is in telemetry");
    }

    [Fact]
    public async Task The_instruments_count_what_was_done()
    {
        (string Instrument, (string, object)[] Tags, long Done)[] expected =
        [
            ("cachedemo.cache.requests", [("cache.request.type", "hit")], 2),
            ("cachedemo.cache.requests", [("cache.request.type", "miss")], 3),
            ("cachedemo.cache.writes", [], 4),
            ("cachedemo.cache.deletes", [], 1),
            ("cachedemo.cache.expirations", [], 2),
            ("cachedemo.cache.expiry_lag", [], 2),
        ];
        long[] Totals() => [.. expected.Select(count => Telemetry.Total(count.Instrument, count.Tags))];

        await Telemetry.MetricsAreFreshAsync("api");
        var before = Totals();
        var redisBefore = Telemetry.Total("db.client.operation.duration", ("db.operation.name", "GET"));

        string[] keys = [NewKey(), NewKey(), NewKey(), NewKey()];
        foreach (var (key, i) in keys.Select((key, i) => (key, i)))
            await Demo.SetAsync(key, ttl: i < 2 ? 1 : 600);
        await Demo.HitAsync(keys[2]);
        await Demo.HitAsync(keys[3]);
        await Demo.DeleteAsync(keys[2]);
        await Demo.MissAsync(keys[2]);
        foreach (var key in keys[..2])
        {
            await Demo.EndsAsync(key);
            await Demo.MissAsync(key);
            await Telemetry.SpanAsync("cache.expired", key);
        }

        await Telemetry.MetricsAreFreshAsync("api");
        Assert.Equal(expected.Select(count => count.Done), Totals().Zip(before, (now, then) => now - then));

        Assert.All(Telemetry.Last("cachedemo.cache.expirations"), point =>
            Assert.Contains(point.Attributes.Of("cachedemo.cache.expiry_source"), new object[] { "keyspace", "ttl" }));
        Assert.True(
            Telemetry.Total("db.client.operation.duration", ("db.system.name", "redis"), ("db.operation.name", "GET"))
                >= redisBefore + 5,
            "each read is a GET in db.client.operation.duration");
    }

    [Fact]
    public async Task Each_Redis_command_of_a_request_has_its_duration_recorded_and_only_a_failure_has_an_error_type()
    {
        var key = NewKey();
        await Demo.SetAsync(key);
        await Demo.TouchAsync(key, 100);
        await Demo.DeleteAsync(key);
        await Telemetry.MetricsAreFreshAsync("api");

        foreach (var command in new[] { "PTTL", "SET", "ZADD", "EXPIRE", "DEL", "ZREM" })
            Assert.NotEqual(0, Telemetry.Total("db.client.operation.duration", ("db.operation.name", command)));
        Assert.All(
            Telemetry.Last("db.client.operation.duration"),
            point => Assert.Null(point.Attributes.Of("error.type")));
    }

    [Fact]
    public async Task Background_work_of_the_API_creates_no_traces()
    {
        var key = NewKey();
        await Demo.SetAsync(key, ttl: 1);
        await Telemetry.SpanAsync("cache.expired", key);
        await ALaterKeyExpiresAsync();

        await CommandsOfAsync(await Telemetry.SpanAsync("cache.set", key));
        Assert.All(
            Telemetry.Spans.GroupBy(span => span.TraceId),
            trace =>
                Assert.True(
                    trace.Any(span => span.Kind is ActivityKind.Server || span.Name == "cache.expired"),
                    "there is a trace of "
                        + string.Join(", ", trace.Take(5).Select(span => $"{span.Origin.Service} {span.Name}"))));
    }

    [Fact]
    public async Task Requests_that_are_not_cache_operations_create_no_trace()
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        var events = Demo.Page.GetStreamAsync("/api/events", stop.Token);
        foreach (
            var path in new[]
            {
                "/",
                "/js/main.js",
                "/settings.json",
                "/api/keys",
                "/api/stats",
                "/api/health",
                "/nothing",
            })
            await Demo.Page.GetAnswerAsync(path);
        foreach (var path in new[] { "/keys", "/stats", "/openapi/v1.json", "/scalar/", "/nothing" })
            await Demo.Api.GetAnswerAsync(path);
        await using (await events)
            await stop.CancelAsync();

        // Later spans have arrived, so these would have too.
        var (key, later) = (NewKey(), NewKey());
        await Demo.SetAsync(key);
        await Telemetry.SpanAsync("cache.set", key);
        await Demo.SetAsync(later);
        await ParentOfAsync(await ParentOfAsync(await ParentOfAsync(await Telemetry.SpanAsync("cache.set", later))));

        string[] operations = ["get", "set", "ttl", "expire", "delete"];
        Assert.All(
            Telemetry.Spans.Where(span => span.Kind is ActivityKind.Server),
            span =>
                Assert.Contains(
                    operations,
                    operation =>
                        $"{span.Attributes.Of("url.path")}".Contains($"/{operation}", StringComparison.Ordinal)));
        Assert.DoesNotContain(Telemetry.Spans, span => span.Name == "SCAN");
    }

    [Fact]
    public async Task The_instruments_have_descriptions()
    {
        await Demo.SetAsync(NewKey(), ttl: 1);
        await ALaterKeyExpiresAsync();
        await Telemetry.MetricsAreFreshAsync("api");

        Assert.All(
            Telemetry.Metrics.Where(point => point.Origin.Scope == Source),
            point => Assert.NotEqual("", point.Description));
        Assert.Contains("cache.request.type", Telemetry.Last("cachedemo.cache.requests")[0].Description);
    }

    [Fact]
    public async Task The_instruments_are_of_the_kinds_and_units_that_dashboards_rely_on()
    {
        var key = NewKey();
        await Demo.SetAsync(key, ttl: 1);
        await Demo.HitAsync(key);
        await Telemetry.SpanAsync("cache.expired", key);
        await Telemetry.MetricsAreFreshAsync("api");

        foreach (var name in new[] { "requests", "writes", "deletes", "expirations" })
        {
            var counter = Telemetry.Last($"cachedemo.cache.{name}")[0];
            Assert.Equal(
                (Source, OtlpMetricKind.Sum, true, true),
                (counter.Origin.Scope, counter.Kind, counter.IsMonotonic, counter.IsCumulative));
        }

        Assert.Equal("{request}", Telemetry.Last("cachedemo.cache.requests")[0].Unit);
        foreach (var name in new[] { "cachedemo.cache.expiry_lag", "db.client.operation.duration" })
        {
            var histogram = Telemetry.Last(name)[0];
            Assert.Equal(
                (Source, OtlpMetricKind.Histogram, "s"),
                (histogram.Origin.Scope, histogram.Kind, histogram.Unit));
            Assert.Equal(histogram.Count, histogram.BucketCounts.Sum());
            // In seconds: the SDK's default buckets are for milliseconds.
            Assert.True(
                histogram.Bounds[0] <= 0.005 && histogram.Bounds[^1] <= 60,
                $"bounds: {string.Join(", ", histogram.Bounds)}");
        }
    }

    [Fact]
    public async Task Each_operation_is_one_log_record_in_its_trace()
    {
        var key = NewKey();
        await Demo.SetAsync(key);
        await Demo.HitAsync(key);
        await Demo.TouchAsync(key, 50);
        await Demo.DeleteAsync(key);
        await Demo.MissAsync(key);

        string[] operations = ["cache.set", "cache.get", "cache.touch", "cache.delete"];
        var spans = await Telemetry.SpansAsync(
            span => operations.Any(name => OtlpReceiver.Is(name, key)(span)),
            $"operations on {key}",
            5);
        var lines = await Telemetry.LogsAsync(line => line.Attributes.ContainsValue(key), $"lines on {key}", 5);
        Assert.Equal(
            spans.Select(span => (span.TraceId, span.SpanId)), lines.Select(line => (line.TraceId!, line.SpanId!)));
        Assert.All(lines, line =>
        {
            Assert.Equal("api", line.Origin.Service);
            Assert.Contains(key, line.Body);
            Assert.DoesNotContain('\n', line.Body);
        });
    }

    private async Task JourneyAsync(string key)
    {
        await Demo.SetAsync(key, "12345", 2);
        await Demo.HitAsync(key);
        await Demo.EndsAsync(key);
        await Demo.MissAsync(key);
    }

    /// <summary>
    /// Once a key that was set and expired later is reported, the earlier ones are complete.
    /// </summary>
    private async Task ALaterKeyExpiresAsync()
    {
        var later = NewKey();
        await Demo.SetAsync(later, ttl: 1);
        await Telemetry.SpanAsync("cache.expired", later);
    }

    private async Task<OtlpSpan> ParentOfAsync(OtlpSpan span) =>
        Assert.Single(
            await Telemetry.SpansAsync(
                parent => parent.TraceId == span.TraceId && parent.SpanId == span.ParentSpanId,
                $"the parent of {span.Name} ({span.Origin.Service}, {span.Kind})"));

    private async Task<IReadOnlyList<OtlpSpan>> CommandsOfAsync(OtlpSpan operation)
    {
        var commands = await Telemetry.SpansAsync(
            command =>
                (command.Origin.Scope, command.Kind) == (Source, ActivityKind.Client)
                && (command.TraceId, command.ParentSpanId) == (operation.TraceId, operation.SpanId),
            $"a Redis command below {operation.Name}");
        Assert.All(commands, command =>
        {
            Assert.Equal("api", command.Origin.Service);
            Assert.Equal("redis", command.Attributes.Of("db.system.name"));
            Assert.Equal(command.Name, command.Attributes.Of("db.operation.name"));
            Assert.Equal("0", command.Attributes.Of("db.namespace"));
            Assert.Equal("127.0.0.1", command.Attributes.Of("server.address"));
            Assert.InRange(Number(command, "server.port"), 1, ushort.MaxValue);
        });
        return commands;
    }

    private static double Number(OtlpSpan span, string attribute) =>
        Convert.ToDouble(
            Assert.IsAssignableFrom<IConvertible>(span.Attributes.Of(attribute)),
            CultureInfo.InvariantCulture);
}

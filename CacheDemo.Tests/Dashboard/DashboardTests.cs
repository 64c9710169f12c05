using System.Diagnostics;
using System.Net;
using System.Text.RegularExpressions;
using CacheDemo.Tests.Support;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace CacheDemo.Tests.Dashboard;

/// <summary>The system with its dashboard, on a redis-server that a test may kill.</summary>
public sealed class SystemWithDashboard : IAsyncLifetime
{
    /// <summary>The server.</summary>
    public RedisServer Redis { get; } = RedisServer.Create();

    /// <summary>The dashboard.</summary>
    public DashboardApi Dashboard => Demo.Dashboard!;

    /// <summary>The running system.</summary>
    public AppHostDemo Demo { get; private set; } = null!;

    public async ValueTask InitializeAsync()
    {
        await Redis.StartAsync();
        Demo = await AppHostDemo.StartWithDashboardAsync($"--ConnectionStrings:redis={Redis.Endpoint}");
    }

    public async ValueTask DisposeAsync()
    {
        if (Demo is not null)
            await Demo.DisposeAsync();
        await Redis.DisposeAsync();
    }
}

/// <summary>Tests that share a system with a dashboard.</summary>
[CollectionDefinition]
public sealed class DashboardCollection : ICollectionFixture<SystemWithDashboard>;

/// <summary>What a person sees in the Aspire dashboard.</summary>
[Collection<DashboardCollection>]
public class DashboardTests(SystemWithDashboard system, Chromium chromium) : BrowserTests(chromium)
{
    private const string Source = "CacheDemo.Cache";

    [Fact]
    public async Task The_traces_of_a_minute_are_what_a_person_did_and_what_expired()
    {
        var began = DateTimeOffset.UtcNow; // spans of earlier tests may arrive at the dashboard only now
        string key = CacheClient.NewKey("minute"), other = CacheClient.NewKey("minute");
        var page = await Browser.OpenAsync(system.Demo.PageAddress);

        await SetAsync(page, key, 3);
        await GetAsync(page, key, "hit");
        await EndsAsync(key);
        await GetAsync(page, key, "miss");
        await SetAsync(page, other, 600);
        await system.Demo.DeleteAsync(other);
        var spans = await OfKeysAsync(6, key, other);

        var set = Assert.Single(spans, span => Is(span, "cache.set", key));
        Assert.Equal("3", set.Attributes.Of("cache.ttl"));
        Assert.Collection(
            spans.Where(span => Is(span, "cache.get", key)).OrderBy(span => span.StartTime),
            hit =>
                Assert.Equal(
                    ("true", null),
                    (hit.Attributes.Of("cache.hit"), hit.Attributes.Of("cachedemo.cache.miss_reason"))),
            miss =>
                Assert.Equal(
                    ("false", "expired"),
                    (miss.Attributes.Of("cache.hit"), miss.Attributes.Of("cachedemo.cache.miss_reason"))));
        var expired = Assert.Single(spans, span => Is(span, "cache.expired", key));
        Assert.Equal(new OtlpLink(set.TraceId, set.SpanId), Assert.Single(expired.Links));
        Assert.Single(spans, span => Is(span, "cache.set", other));
        Assert.Single(spans, span => Is(span, "cache.delete", other));

        var traces = (await system.Dashboard.TracesAsync())
            .Where(trace => trace.All(span => span.StartTime >= began))
            .ToArray();
        var noise = traces.Where(trace => !trace.Any(span => span.Origin.Scope == Source)).ToArray();
        Assert.True(
            noise.Length * 10 <= traces.Length,
            $"{noise.Length} of {traces.Length} are of nothing that somebody did:\n{Names(noise)}");
        var errors = traces.SelectMany(trace => trace).Where(span => span.Status == ActivityStatusCode.Error);
        Assert.True(
            !errors.Any(),
            $"Errors: {string.Join(", ", errors.Select(span => $"{span.Name} of {span.Origin.Scope}"))}");
    }

    [Fact]
    public async Task The_spans_of_the_Redis_commands_are_there_with_the_operation()
    {
        var key = CacheClient.NewKey();
        await system.Demo.SetAsync(key);
        await system.Demo.HitAsync(key);

        IReadOnlyList<OtlpSpan> spans = [];
        await Eventually.TrueAsync(
            async () => (spans = await system.Dashboard.SpansAsync()).Any(span => Is(span, "cache.get", key)),
            "the get is in the dashboard");
        var hit = spans.Single(span => Is(span, "cache.get", key));
        var command = Assert.Single(spans, span => span.ParentSpanId == hit.SpanId);
        Assert.Equal(ActivityKind.Client, command.Kind);
        Assert.Equal("GET", command.Attributes.Of("db.operation.name"));
    }

    [Fact]
    public async Task The_log_has_a_line_for_each_operation_in_its_trace()
    {
        var key = CacheClient.NewKey();
        await system.Demo.SetAsync(key);
        await system.Demo.HitAsync(key);
        await system.Demo.DeleteAsync(key);
        var spans = await OfKeysAsync(3, key);

        IReadOnlyList<OtlpLogRecord> lines = [];
        await Eventually.TrueAsync(
            async () =>
                (
                    lines = [
                        .. (await system.Dashboard.LogsAsync()).Where(line =>
                            line.Body.Contains(key, StringComparison.Ordinal)),
                    ]
                ).Count >= 3,
            "three lines of the key",
            also: () => string.Join('\n', lines.Select(line => line.Body)));
        Assert.Equal(3, lines.Count);
        Assert.Equal(spans.Select(span => span.SpanId).Order(), lines.Select(line => line.SpanId!).Order());
    }

    [Fact]
    public async Task A_Redis_outage_is_an_error_in_the_operation_and_in_its_command_with_the_error_type()
    {
        var key = CacheClient.NewKey();
        system.Redis.Kill();
        try
        {
            Assert.Equal(
                HttpStatusCode.ServiceUnavailable,
                (await system.Demo.Page.GetAnswerAsync($"/api/get/{key}")).Status);

            var away = Assert.Single(await OfKeysAsync(1, key));
            Assert.Equal(ActivityStatusCode.Error, away.Status);
            Assert.False(string.IsNullOrEmpty(away.Attributes.Of("error.type") as string), $"{away.Attributes}");

            var command = Assert.Single(await system.Dashboard.SpansAsync(), span => span.ParentSpanId == away.SpanId);
            Assert.Equal(ActivityStatusCode.Error, command.Status);
            Assert.False(string.IsNullOrEmpty(command.Attributes.Of("error.type") as string), $"{command.Attributes}");
        }
        finally
        {
            await system.Redis.StartAsync();
            await Eventually.TrueAsync(() => system.Demo.Page.AnswersAsync("/api/health"), "Redis is back");
        }
    }

    [Fact]
    public async Task The_page_links_to_the_trace_of_a_hit_and_of_an_expiration()
    {
        var key = CacheClient.NewKey("linked");
        var page = await Browser.OpenAsync(system.Demo.PageAddress);
        await SetAsync(page, key, 3);
        await GetAsync(page, key, "hit");
        var hit = page.GetByTestId("response-trace");
        await EndsAsync(key);
        var row = page.GetByTestId("activity-list").Locator("[data-type=expired]").Filter(new() { HasText = key });
        await Expect(row).ToBeVisibleAsync();
        await OfKeysAsync(3, key);

        // Signed in by the link that the AppHost prints; the page opens traces in tabs of the same browser.
        var login = await page.Context.NewPageAsync();
        await login.GotoAsync($"{system.Dashboard.Login}");
        await Expect(login).ToHaveTitleAsync(new Regex("resources", RegexOptions.IgnoreCase));

        foreach (var (link, spans) in new[]
        {
            (hit, new[] { "frontend: GET /api/get/", "api: cache.get", "api: GET Outgoing call to redis" }),
            (row.GetByTestId("activity-trace"), ["api: cache.expired"]),
        })
        {
            var trace = await page.Context.RunAndWaitForPageAsync(() => link.ClickAsync());
            foreach (var span in spans)
                await Expect(trace.GetByRole(AriaRole.Gridcell, new() { Name = span })).ToBeVisibleAsync();
        }
    }

    private static async Task SetAsync(IPage page, string key, int ttl)
    {
        await page.GetByTestId("set-key").FillAsync(key);
        await page.GetByTestId("set-value").FillAsync("12345");
        await page.GetByTestId("set-ttl").FillAsync($"{ttl}");
        await page.GetByTestId("set-submit").ClickAsync();
        await Expect(page.GetByTestId("response-body"))
            .ToContainTextAsync($"Key '{key}' set to '12345' with {ttl} seconds TTL");
    }

    private static async Task GetAsync(IPage page, string key, string badge)
    {
        await page.GetByTestId("get-key").FillAsync(key);
        await page.GetByTestId("get-submit").ClickAsync();
        await Expect(page.GetByTestId("response-badge")).ToHaveTextAsync(badge);
    }

    // Asks Redis directly: a request would create a trace.
    private async Task EndsAsync(string key)
    {
        await using var redis = await system.Redis.ConnectAsync();
        await Eventually.TrueAsync(
            async () => !await redis.GetDatabase().KeyExistsAsync($"cachedemo:{key}"),
            $"{key} expires");
    }

    private static bool Is(OtlpSpan span, string name, string key) =>
        span.Name == name && span.Origin.Scope == Source && Equals(span.Attributes.Of("cache.key"), key);

    // Waits until the dashboard has that many spans of operations on these keys.
    private async Task<IReadOnlyList<OtlpSpan>> OfKeysAsync(int count, params string[] keys)
    {
        IReadOnlyList<OtlpSpan> found = [];
        await Eventually.TrueAsync(
            async () =>
                (
                    found = [
                        .. (await system.Dashboard.SpansAsync()).Where(span =>
                            span.Origin.Scope == Source && keys.Contains(span.Attributes.Of("cache.key"))),
                    ]
                ).Count >= count,
            $"{count} operations are in the dashboard",
            also: () => string.Join('\n', found.Select(span => span.Name)));
        Assert.Equal(count, found.Count);
        return found;
    }

    private static string Names(IEnumerable<IGrouping<string, OtlpSpan>> traces) =>
        string.Join(
            '\n',
            traces.Select(trace =>
                string.Join(
                    " > ",
                    trace.Select(span => $"{span.Origin.Service} {span.Name} {span.Attributes.Of("url.path")}"))));
}

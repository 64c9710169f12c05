using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using CacheDemo.Tests.Support;
using static CacheDemo.Tests.Support.CacheClient;

namespace CacheDemo.Tests.Events;

/// <summary>
/// The system on the embedded server, with an event stream that has a heartbeat every second and leaves nothing out,
/// and without limits.
/// </summary>
public sealed class LivelyFeed : OnGarnet
{
    protected override IEnumerable<(string Name, string Value)> Options =>
        [("Feed__HeartbeatSeconds", "1"), ("Feed__EventsPerTick", "1000"), ("RateLimit__Enabled", "false")];
}

/// <summary>The event stream, as a viewer receives it through the page's host.</summary>
public class EventsTests(LivelyFeed system) : IClassFixture<LivelyFeed>
{
    private const int StuckViewers = 5;

    private Demo Demo => system.Demo;

    [Fact]
    public async Task It_is_a_stream_of_server_sent_events()
    {
        await using var viewer = await FeedViewer.OpenAsync(Demo.Page);
        Assert.Equal("text/event-stream", viewer.MediaType);
    }

    [Fact]
    public async Task Every_operation_on_a_key_is_an_event_as_it_happens()
    {
        await using var viewer = await FeedViewer.OpenAsync(Demo.Page);
        string key = NewKey(), value = NewKey("value");
        await Demo.SetAsync(key, value);
        await Demo.HitAsync(key);
        await Demo.TouchAsync(key, 1);
        await viewer.SeesAsync("expired", key);
        await Demo.MissAsync(key);
        await Demo.SetAsync(key, value, 100);
        await Demo.DeleteAsync(key);
        await Demo.MissAsync(key);

        var events = await viewer.SeesAsync(e => e.Key == key, $"events of {key}", 8);
        Assert.Equal(
            ["set", "hit", "touched", "expired", "miss", "set", "deleted", "miss"],
            events.Select(e => e.Type));
        Assert.Equal([600, null, 1, 1, null, 100, null, null], events.Select(e => Number(e, "ttl")));
        Assert.Equal(
            [null, null, null, null, "expired", null, null, "deleted"],
            events.Select(e => e["reason"].GetString()));
        Assert.DoesNotContain(viewer.Events, e => e.Data.ToString().Contains(value, StringComparison.Ordinal));
    }

    [Fact]
    public async Task An_event_has_its_time_duration_instance_and_trace()
    {
        await using var viewer = await FeedViewer.OpenAsync(Demo.Page);
        var trace = ActivityTraceId.CreateRandom().ToString();
        var key = NewKey();
        var before = DateTimeOffset.UtcNow;

        using var request = new HttpRequestMessage(HttpMethod.Get, $"/api/get/{key}")
        {
            Headers = { { "traceparent", $"00-{trace}-{ActivitySpanId.CreateRandom()}-01" } },
        };
        using var answer = await Demo.Page.SendAsync(request, TestContext.Current.CancellationToken);

        var miss = await viewer.SeesAsync("miss", key);
        Assert.Equal("absent", miss["reason"].GetString());
        Assert.InRange(miss["at"].GetDateTimeOffset(), before.AddMilliseconds(-1), DateTimeOffset.UtcNow);
        Assert.InRange(miss["ms"].GetDouble(), 0, 1000);
        Assert.Equal(trace, miss["traceId"].GetString());
        Assert.NotEmpty(miss.Instance!);
    }

    [Fact]
    public async Task An_expiration_has_a_trace_too()
    {
        await using var viewer = await FeedViewer.OpenAsync(Demo.Page);
        var key = NewKey();
        await Demo.SetAsync(key, ttl: 1);

        var set = await viewer.SeesAsync("set", key);
        var expired = await viewer.SeesAsync("expired", key);
        Assert.Matches("^[0-9a-f]{32}$", expired["traceId"].GetString());
        Assert.NotEqual(set["traceId"].GetString(), expired["traceId"].GetString());
        Assert.InRange(
            expired["at"].GetDateTimeOffset() - set["at"].GetDateTimeOffset(),
            TimeSpan.FromSeconds(0.9),
            TimeSpan.FromSeconds(2));
    }

    [Fact]
    public async Task Any_key_arrives_as_it_is()
    {
        await using var viewer = await FeedViewer.OpenAsync(Demo.Page);
        foreach (
            var key in new[] { "日本語 🔑", "\"quoted\" \\", "<script>alert(1)</script>", "data: x", "\u2028" })
        {
            await Demo.SetAsync(key);
            await viewer.SeesAsync("set", key);
        }
    }

    [Fact]
    public async Task Every_viewer_sees_every_event()
    {
        await using var first = await FeedViewer.OpenAsync(Demo.Page);
        await using var second = await FeedViewer.OpenAsync(Demo.Page);
        var key = NewKey();
        await Demo.SetAsync(key);

        Assert.Equal((await first.SeesAsync("set", key)).Id, (await second.SeesAsync("set", key)).Id);
    }

    [Fact]
    public async Task Every_event_has_an_id_of_its_own()
    {
        await using var viewer = await FeedViewer.OpenAsync(Demo.Page);
        var key = NewKey();
        await Demo.SetAsync(key);
        for (var i = 0; i < 30; i++)
            await Demo.HitAsync(key);

        var events = await viewer.SeesAsync(e => e.Key == key, "events", 31);
        Assert.All(events, e => Assert.NotEmpty(e.Id!));
        Assert.Equal(events.Count, events.DistinctBy(e => e.Id).Count());
    }

    [Fact]
    public async Task A_viewer_that_reconnects_receives_the_events_it_missed_and_none_twice()
    {
        string seen = NewKey(), missed = NewKey(), next = NewKey();
        string lastEventId;
        await using (var viewer = await FeedViewer.OpenAsync(Demo.Page))
        {
            await Demo.SetAsync(seen);
            lastEventId = (await viewer.SeesAsync("set", seen)).Id!;
        }

        await Demo.SetAsync(missed);
        await Demo.HitAsync(missed);
        await Demo.DeleteAsync(missed);

        await using var back = await FeedViewer.OpenAsync(Demo.Page, lastEventId: lastEventId);
        await back.SeesAsync("deleted", missed);
        await Demo.SetAsync(next);
        await back.SeesAsync("set", next);
        Assert.Equal(
            [("set", missed), ("hit", missed), ("deleted", missed), ("set", next)],
            back.Events.Where(e => e.Name == "message").Select(e => (e.Type!, e.Key!)));
    }

    [Fact]
    public async Task A_viewer_that_reconnects_before_its_first_event_receives_those_it_missed()
    {
        string lastEventId;
        await using (var viewer = await FeedViewer.OpenAsync(Demo.Page))
            lastEventId = (await viewer.SeesAsync(e => e.Name == "state", "the state"))[0].Id!;
        var missed = NewKey();
        await Demo.SetAsync(missed);

        await using var back = await FeedViewer.OpenAsync(Demo.Page, lastEventId: lastEventId);
        await back.SeesAsync("set", missed);
    }

    [Fact]
    public async Task A_viewer_receives_the_numbers_and_whether_Redis_is_connected()
    {
        await using var viewer = await FeedViewer.OpenAsync(Demo.Page);
        var state = (await viewer.SeesAsync(e => e.Name == "state", "the state"))[0];
        Assert.Equal("connected", state["redis"].GetString());

        var before = (await viewer.SeesAsync(e => e.Name == "stats", "the numbers"))[0]["sets"].GetInt64();
        await Demo.SetAsync(NewKey());
        await viewer.SeesAsync(e => e.Name == "stats" && e["sets"].GetInt64() > before, "numbers that have the set");
    }

    [Fact]
    public async Task A_viewer_receives_the_limits_of_the_API_once_at_the_beginning()
    {
        await using var viewer = await FeedViewer.OpenAsync(Demo.Page);
        await viewer.SeesAsync(e => e.Name == "stats", "numbers, later", 3);

        var limits = Assert.Single(viewer.Events, e => e.Name == "limits");
        Assert.Equal(
            """{"maxKeyBytes":512,"maxValueBytes":1048576,"maxTtl":2592000,"defaultTtl":60}""",
            limits.Data.GetRawText());
    }

    [Fact]
    public async Task A_viewer_of_a_page_of_keys_receives_its_changes_and_nothing_while_it_does_not_change()
    {
        string prefix = NewKey("seen"), key = $"{prefix}:1";
        await using var viewer = await FeedViewer.OpenAsync(Demo.Page, $"/api/events?match={prefix}:*&count=50");
        var first = (await viewer.SeesAsync(e => e.Name == "keys", "a page"))[0];
        Assert.Equal((0, 0), (first["keys"].GetArrayLength(), first["total"].GetInt32()));

        await Demo.SetAsync(key, "12345");
        var page = (
            await viewer.SeesAsync(e => e.Name == "keys" && e["keys"].GetArrayLength() == 1, "a page with the key")
        )[0];
        Assert.Equal(
            (key, 5, 600),
            (page["keys"][0].GetProperty("key").GetString(), page["keys"][0].GetProperty("size").GetInt32(),
                page["keys"][0].GetProperty("originalTtl").GetInt32()));
        Assert.Equal(1, page["total"].GetInt32());

        var stats = viewer.Events.Count(e => e.Name == "stats");
        await viewer.SeesAsync(e => e.Name == "stats", "numbers, later", stats + 3);
        Assert.Equal(2, viewer.Events.Count(e => e.Name == "keys"));

        Assert.Equal(HttpStatusCode.BadRequest, (await Demo.Page.GetAnswerAsync("/api/events?count=0")).Status);
    }

    [Fact]
    public async Task A_viewer_of_some_of_the_keys_receives_their_number_and_a_new_number_alone_every_ten_seconds()
    {
        var prefix = NewKey("counted");
        for (var i = 0; i < 30; i++)
            await Demo.SetAsync($"{prefix}:{i}");
        await using var viewer = await FeedViewer.OpenAsync(Demo.Page, $"/api/events?match={prefix}:*&count=10");
        Task SeesTotalAsync(int total) => viewer.SeesAsync(
            e => e.Name == "keys" && e["total"].GetRawText() == $"{total}", $"a total of {total}");
        await SeesTotalAsync(30);
        var reported = Stopwatch.GetTimestamp();

        // The page is the oldest of them on this engine.
        await Demo.SetAsync($"{prefix}:more");
        await SeesTotalAsync(31);
        Assert.True(Stopwatch.GetElapsedTime(reported) > TimeSpan.FromSeconds(9));
        Assert.All(viewer.Events.Where(e => e.Name == "keys"), e => Assert.NotNull(e["cursor"].GetString()));
    }

    [Fact]
    public async Task A_proxy_is_asked_not_to_buffer_the_stream()
    {
        using var stream = await Demo.Api.GetAsync(
            "/events",
            HttpCompletionOption.ResponseHeadersRead,
            TestContext.Current.CancellationToken);
        Assert.Equal("no", stream.Headers.GetValues("X-Accel-Buffering").Single());
    }

    [Fact]
    public async Task A_page_that_reconnects_sends_the_last_id_in_the_query()
    {
        string seen = NewKey(), missed = NewKey();
        await using var viewer = await FeedViewer.OpenAsync(Demo.Page);
        await Demo.SetAsync(seen);
        var lastEventId = (await viewer.SeesAsync("set", seen)).Id!;
        await Demo.SetAsync(missed);
        await viewer.SeesAsync("set", missed);

        await using var back = await FeedViewer.OpenAsync(
            Demo.Page,
            $"/api/events?lastEventId={Uri.EscapeDataString(lastEventId)}");
        await back.SeesAsync("set", missed);
    }

    [Fact]
    public async Task A_viewer_with_an_unknown_last_event_id_receives_new_events()
    {
        await using var viewer = await FeedViewer.OpenAsync(Demo.Page, lastEventId: "of another day");
        var key = NewKey();
        await Demo.SetAsync(key);
        await viewer.SeesAsync("set", key);
    }

    [Fact]
    public async Task While_nothing_happens_there_are_heartbeats()
    {
        await using var viewer = await FeedViewer.OpenAsync(Demo.Page);
        var signs = await viewer.SeesAsync(e => e.Name == "heartbeat", "a heartbeat", 3);
        Assert.All(signs, sign => Assert.True(string.IsNullOrEmpty(sign.Id), "a heartbeat is nothing to resume after"));
    }

    [Fact]
    public async Task Viewers_that_never_read_delay_no_requests()
    {
        var stuck = new List<TcpClient>();
        try
        {
            for (var i = 0; i < StuckViewers; i++)
                stuck.Add(await NeverReadAsync(Demo.Api.BaseAddress!));
            await using var viewer = await FeedViewer.OpenAsync(Demo.Page);

            // JSON writes it in 1,440 bytes; a thousand and some hundred events fill what the kernel buffers for a
            // connection.
            var padding = string.Concat(Enumerable.Repeat("🔑", 120));
            await NoRequestIsDelayedAsync(
                2_000,
                i => i % 2 == 0 ? Demo.SetAsync($"{padding}{i}") : Demo.MissAsync($"{padding}{i}"));

            // Of more events than a tick may send, only some are.
            var last = NewKey();
            await Eventually.TrueAsync(
                async () =>
                {
                    await Demo.SetAsync(last);
                    return viewer.Events.Any(e => e.Type == "set" && e.Key == last);
                },
                "the viewer that reads sees a set");
        }
        finally
        {
            stuck.ForEach(client => client.Dispose());
        }
    }

    /// <summary>Sends that many requests, four at a time; each is answered in time.</summary>
    internal static Task NoRequestIsDelayedAsync(int requests, Func<int, Task> request) => Parallel.ForAsync(
        0, requests, new ParallelOptions { MaxDegreeOfParallelism = 4 },
        async (i, _) => await request(i).WaitAsync(TimeSpan.FromSeconds(10), CancellationToken.None));

    /// <summary>Requests the event stream, waits until it begins, and then stops reading.</summary>
    internal static async Task<TcpClient> NeverReadAsync(Uri api)
    {
        var client = new TcpClient { ReceiveBufferSize = 1024 };
        await client.ConnectAsync(api.Host, api.Port, TestContext.Current.CancellationToken);
        var request = $"GET /events HTTP/1.1\r\nHost: {api.Authority}\r\nAccept: text/event-stream\r\n\r\n";
        await client.GetStream().WriteAsync(Encoding.ASCII.GetBytes(request), TestContext.Current.CancellationToken);

        var answer = new byte[12];
        await client.GetStream().ReadExactlyAsync(answer, TestContext.Current.CancellationToken);
        Assert.Equal("HTTP/1.1 200", Encoding.ASCII.GetString(answer));
        return client;
    }

    private static int? Number(EventMessage e, string name) =>
        e[name].ValueKind is JsonValueKind.Null ? null : e[name].GetInt32();
}

/// <summary>The event stream when there are more events than it may send.</summary>
public class FeedUnderLoad(FeedUnderLoad.TwoEventsPerTick system) : IClassFixture<FeedUnderLoad.TwoEventsPerTick>
{
    public sealed class TwoEventsPerTick : OnGarnet
    {
        protected override IEnumerable<(string Name, string Value)> Options => [("Feed__EventsPerTick", "2")];
    }

    [Fact]
    public async Task Samples_are_sent_with_counts_that_add_up_to_all_events()
    {
        await using var viewer = await FeedViewer.OpenAsync(system.Demo.Page);
        await Parallel.ForAsync(
            0,
            500,
            new ParallelOptions { MaxDegreeOfParallelism = 8 },
            async (i, _) => await system.Demo.SetAsync($"load-{i}"));

        var total = 0;
        await Eventually.TrueAsync(
            () =>
                Task.FromResult(
                    (total = viewer.Events.Where(e => e.Type == "set").Sum(e => e["count"].GetInt32())) == 500),
            "the counts add up to 500",
            also: () => $"but to {total}");
        Assert.InRange(viewer.Events.Count(e => e.Type == "set"), 1, 250);
    }
}

/// <summary>Two instances of the API have one event stream.</summary>
public class FeedOfTwoInstances
{
    [Fact]
    public async Task A_viewer_of_one_instance_receives_the_events_of_both()
    {
        await using var redis = new GarnetEngine();
        await redis.StartAsync();
        // Each event is sent, also of many at once.
        var options = ("Feed__EventsPerTick", "1000");
        await using var first = await Service.StartApiAsync(redis.ConnectionString, options);
        await using var second = await Service.StartApiAsync(redis.ConnectionString, options);
        async Task SetOnBothAsync(string key)
        {
            foreach (var (api, name) in new[] { (first, "first"), (second, "second") })
                Assert.Equal(
                    HttpStatusCode.OK,
                    (await api.Client.PostAsync("/set", new { key = $"{key}-{name}", value = "x", ttl = 600 })).Status);
        }

        await using var viewer = await FeedViewer.OpenAsync(first.Client, "/events");
        // The other instance learns of the viewer a moment later.
        await Eventually.TrueAsync(
            async () =>
            {
                await SetOnBothAsync("before");
                return Instances(viewer.Events.Where(e => e.Key is not null)) == 2;
            },
            "both instances pass on what happens");

        var key = NewKey();
        for (var i = 0; i < 20; i++)
            await SetOnBothAsync($"{key}-{i}");

        var events = await viewer.SeesAsync(
            e => e.Key?.StartsWith(key, StringComparison.Ordinal) is true,
            "sets on both instances",
            40);
        Assert.Equal(2, Instances(events));
        Assert.Equal(40, events.DistinctBy(e => e.Id).Count());
        Assert.Equal(40, events.DistinctBy(e => e.Key).Count());
    }

    private static int Instances(IEnumerable<EventMessage> events) => events.Select(e => e.Instance).Distinct().Count();
}

/// <summary>The event stream with as many viewers as a talk has listeners.</summary>
public class FeedOfManyViewers(LivelyFeed system) : IClassFixture<LivelyFeed>
{
    [Fact]
    public async Task A_thousand_viewers_delay_no_requests_and_each_receives_the_events()
    {
        var viewers = new List<TcpClient>();
        try
        {
            for (var i = 0; i < 1_000; i++)
                viewers.Add(await EventsTests.NeverReadAsync(system.Demo.Api.BaseAddress!));

            var key = NewKey();
            await system.Demo.SetAsync(key);
            await EventsTests.NoRequestIsDelayedAsync(500, _ => system.Demo.HitAsync(key));

            await Task.WhenAll(viewers.Select(viewer => ReadUntilAsync(viewer, key)));
        }
        finally
        {
            viewers.ForEach(client => client.Dispose());
        }
    }

    private static async Task ReadUntilAsync(TcpClient viewer, string text)
    {
        using var timeout = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        timeout.CancelAfter(TimeSpan.FromSeconds(20));
        using var reader = new StreamReader(viewer.GetStream());
        while (await reader.ReadLineAsync(timeout.Token) is { } line)
        {
            if (line.Contains(text, StringComparison.Ordinal))
                return;
        }

        Assert.Fail("The stream ended.");
    }
}

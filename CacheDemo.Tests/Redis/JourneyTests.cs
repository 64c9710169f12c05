using System.Net;
using System.Text.Json;
using CacheDemo.Tests.Support;

namespace CacheDemo.Tests.Redis;

public class JourneyWithPassword(SystemOn<PasswordEngine> system, Chromium chromium)
    : JourneyInBrowserTests(system.Demo, chromium), IClassFixture<SystemOn<PasswordEngine>>;

public class JourneyWithIam(AppHostOn<IamEngine> system, Chromium chromium)
    : JourneyInBrowserTests(system.Demo, chromium), IClassFixture<AppHostOn<IamEngine>>;

public class JourneyOnCluster(SystemOn<ClusterEngine> system, Chromium chromium)
    : JourneyInBrowserTests(system.Demo, chromium), IClassFixture<SystemOn<ClusterEngine>>;

public class JourneyOnClusterWithTls(SystemOn<TlsClusterEngine> system)
    : JourneyTests(system.Demo), IClassFixture<SystemOn<TlsClusterEngine>>;

public class JourneyOnServerless(SystemOn<ServerlessEngine> system)
    : JourneyTests(system.Demo), IClassFixture<SystemOn<ServerlessEngine>>;

public class JourneyOnPublicEndpoint(AppHostOn<PublicEndpointEngine> system)
    : JourneyTests(system.Demo), IClassFixture<AppHostOn<PublicEndpointEngine>>;

public class JourneyWithReader(SystemOn<ReaderEngine> system)
    : JourneyTests(system.Demo), IClassFixture<SystemOn<ReaderEngine>>;

/// <summary>What a person does, on every kind of Redis; over HTTP, through the page's host.</summary>
public abstract class JourneyTests(Demo demo)
{
    protected Demo Demo => demo;

    [Fact]
    public async Task A_key_is_set_read_back_expires_and_is_gone()
    {
        var key = CacheClient.NewKey();
        await using var feed = await FeedViewer.OpenAsync(Demo.Page);
        await SendsEachEventAsync(feed);

        await Demo.SetAsync(key, "12345", ttl: 2);
        // Replication may take a moment.
        await Eventually.TrueAsync(
            async () =>
                (await Demo.Page.GetAnswerAsync($"/api/get/{key}")).Body
                == $$"""{"key":"{{key}}","value":"12345","source":"cache"}""",
            "it is read back");
        await Demo.EndsAsync(key);
        var gone = await Demo.Page.GetAnswerAsync($"/api/get/{key}");
        Assert.Equal((HttpStatusCode.NotFound, """{"error":"Key not found"}"""), (gone.Status, gone.Body));

        foreach (var type in new[] { "set", "hit", "expired" })
            await feed.SeesAsync(type, key);
    }

    [Fact]
    public async Task Every_route_serves_keys_of_every_shard()
    {
        var prefix = CacheClient.NewKey("of-all");
        var keys = Enumerable.Range(0, 40).Select(i => $"{prefix}/{i}").ToArray();
        await Task.WhenAll(keys.Select(key => Demo.SetAsync(key)));

        await Eventually.TrueAsync(
            async () => (await ListAsync(prefix)).Order().SequenceEqual(keys.Order()),
            "all are listed");
        foreach (var key in keys)
            await Demo.TouchAsync(key, 300);
        foreach (var key in keys)
            await Demo.HitAsync(key);
        foreach (var key in keys)
            Assert.InRange(
                (await Demo.Page.GetAnswerAsync($"/api/ttl/{Uri.EscapeDataString(key)}"))["ttl"].GetDouble(),
                200,
                300);
        foreach (var key in keys)
            await Demo.DeleteAsync(key);
        Assert.Empty(await ListAsync(prefix));

        var stats = await Demo.Page.GetAnswerAsync("/api/stats");
        Assert.Equal("redis", stats["engine"].GetString());
        Assert.True(stats["sets"].GetInt64() >= keys.Length);
        Assert.Equal(
            HttpStatusCode.NoContent,
            (await Demo.Page.SendRawAsync(HttpMethod.Post, "/api/stats/reset")).Status);
        Assert.Equal(HttpStatusCode.OK, (await Demo.Page.GetAnswerAsync("/api/health")).Status);
    }

    // Of many events at once, as those of the test before this one, only a sample is sent.
    private async Task SendsEachEventAsync(FeedViewer feed)
    {
        var keys = new HashSet<string?>();
        await Eventually.TrueAsync(
            async () =>
            {
                var key = CacheClient.NewKey();
                keys.Add(key);
                await Demo.SetAsync(key);
                return feed.Events.Any(e => e.Type == "set" && keys.Contains(e.Key));
            },
            "a set is seen");
    }

    private async Task<IReadOnlyList<string>> ListAsync(string prefix)
    {
        var found = new HashSet<string>();
        string? cursor = null;
        do
        {
            var page = await Demo.Page.GetAnswerAsync($"/api/keys?match={prefix}*&count=10&cursor={cursor}");
            Assert.Equal(HttpStatusCode.OK, page.Status);
            found.UnionWith(page["keys"].EnumerateArray().Select(key => key.GetProperty("key").GetString()!));
            cursor = page["cursor"] is { ValueKind: JsonValueKind.String } next ? next.GetString() : null;
        }
        while (cursor is not null);
        return [.. found];
    }
}

/// <summary>The same in the browser.</summary>
public abstract class JourneyInBrowserTests(Demo demo, Chromium chromium)
    : JourneyTests(demo), IAsyncDisposable
{
    private readonly Browser _browser = new(chromium);

    public ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        return _browser.DisposeAsync();
    }

    [Fact]
    public async Task A_person_sets_a_key_reads_it_watches_it_expire_and_finds_it_gone()
    {
        var page = await _browser.OpenAsync(Demo.PageAddress);
        await page.JourneyAsync();
    }
}

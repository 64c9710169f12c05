using CacheDemo.Tests.Support;
using Microsoft.Playwright;
using StackExchange.Redis;
using static CacheDemo.Tests.Support.CacheClient;
using static Microsoft.Playwright.Assertions;

namespace CacheDemo.Tests.Page;

/// <summary>
/// The page has one event stream: it requests nothing by itself, and still shows what others change.
/// </summary>
[Collection<RedisCollection>]
public class StreamTests(OnRedis system, Chromium chromium) : BrowserTests(chromium)
{
    [Fact]
    public async Task While_it_is_open_the_page_sends_no_requests()
    {
        var page = await OpenAsync();
        await Expect(page.Locator("#keys-list")).ToHaveAttributeAsync("aria-busy", "false");
        var requests = new List<string>();
        page.Request += (_, request) => requests.Add(request.Url);

        var key = NewKey();
        await system.Demo.SetAsync(key, ttl: 2);
        await Expect(page.Activity("expired", key)).ToBeVisibleAsync(new() { Timeout = 10_000 });
        var sets = await page.GetByTestId("number-sets").TextContentAsync();
        await system.Demo.SetAsync(NewKey());
        await Expect(page.GetByTestId("number-sets")).Not.ToHaveTextAsync(sets!);

        Assert.Empty(requests);
    }

    [Fact]
    public async Task What_another_client_of_Redis_sets_shortens_and_deletes_is_on_the_page_soon()
    {
        var page = await OpenAsync();
        using var redis = await system.Server.ConnectAsync();
        var database = redis.GetDatabase();
        string key = NewKey("foreign"), stored = $"cachedemo:{key}";
        var row = page.Row(key);
        await page.FilterAsync(key);

        await database.StringSetAsync(stored, "x", TimeSpan.FromHours(1));
        await Expect(row).ToBeVisibleAsync();
        await database.KeyExpireAsync(stored, TimeSpan.FromSeconds(90));
        await Expect(row)
            .ToContainTextAsync(
                new System.Text.RegularExpressions.Regex(@"1:[0-3]\d|[89]\d s"),
                new() { Timeout = 10_000 });
        await database.KeyPersistAsync(stored);
        await Expect(row).ToContainTextAsync("no expiry", new() { Timeout = 10_000 });
        await database.KeyDeleteAsync(stored);
        await Expect(row).ToHaveCountAsync(0, new() { Timeout = 10_000 });
    }

    [Fact]
    public async Task Loading_the_page_leaves_no_warning_and_no_error_on_the_console()
    {
        var page = await OpenAsync();
        var said = new List<string>();
        page.Console += (_, message) =>
        {
            if (message.Type is "warning" or "error")
                said.Add($"{message.Type}: {message.Text}");
        };
        await page.ReloadAsync();
        await page.IsLiveAsync();
        Assert.Empty(said);
    }

    [Fact]
    public async Task A_stream_that_a_proxy_buffers_is_reported()
    {
        var page = await OpenAsync();
        await page.Context.RouteAsync("**/api/events*", _ => Task.CompletedTask); // neither answered nor refused
        await page.ReloadAsync();

        await Expect(page.GetByTestId("activity-state"))
            .ToHaveTextAsync("no events arrive", new() { Timeout = 20_000 });
        await Expect(page.GetByTestId("status-banner")).ToContainTextAsync("proxy_buffering off");
    }

    [Fact]
    public async Task A_stream_that_is_refused_is_reported_until_it_is_not()
    {
        var page = await OpenAsync();
        await page.RouteAsync("**/api/events*", route => route.FulfillAsync(new() { Status = 429 }));
        await page.ReloadAsync();
        await Expect(page.GetByTestId("status-banner")).ToContainTextAsync("The event stream is refused");

        await page.UnrouteAllAsync();
        await Expect(page.Locator("#state-text")).ToHaveTextAsync("Redis and the API answer");
        await page.IsLiveAsync();
    }

    private async Task<IPage> OpenAsync()
    {
        var page = await Browser.OpenLiveAsync(system.Demo);
        await Expect(page.GetByTestId("redis-engine")).ToContainTextAsync("redis");
        return page;
    }
}

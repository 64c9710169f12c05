using System.Text.RegularExpressions;
using CacheDemo.Tests.Support;
using StackExchange.Redis;
using static CacheDemo.Tests.Support.CacheClient;
using static Microsoft.Playwright.Assertions;

namespace CacheDemo.Tests.Page;

/// <summary>The page shows no state that it does not know, and shows what other clients do.</summary>
public class HonestTests(SystemOn<NotifyingRedisEngine> system, Chromium chromium)
    : BrowserTests(chromium), IClassFixture<SystemOn<NotifyingRedisEngine>>
{
    [Fact]
    public async Task Without_network_it_says_so_and_that_the_state_of_Redis_is_unknown()
    {
        var page = await Browser.OpenLiveAsync(system.Demo);
        var (state, redis) = (page.Locator("#state-text"), page.GetByTestId("redis-state"));
        await Expect(redis).ToHaveTextAsync("connected");

        await page.Context.SetOfflineAsync(true);
        await Expect(state).ToHaveTextAsync("You are offline");
        await Expect(redis).ToHaveTextAsync("unknown");
        await Expect(page.GetByTestId("activity-state")).ToContainTextAsync("not connected");

        await page.Context.SetOfflineAsync(false);
        await page.IsLiveAsync();
        await Expect(state).ToHaveTextAsync("Redis and the API answer");
        await Expect(redis).ToHaveTextAsync("connected");
        await Expect(page.GetByTestId("activity-list")).ToContainTextAsync("This device was offline");
    }

    [Fact]
    public async Task Without_the_API_it_does_not_say_that_Redis_is_away()
    {
        var page = await Browser.OpenLiveAsync(system.Demo);
        await page.Context.RouteAsync("**/api/**", route => route.FulfillAsync(new() { Status = 502 }));
        await page.ReloadAsync();
        await Expect(page.Locator("#state-text")).ToHaveTextAsync("The API is away");
        await Expect(page.GetByTestId("redis-state")).ToHaveTextAsync("unknown");
        await Expect(page.GetByTestId("activity-state")).ToContainTextAsync("not connected");
    }

    [Fact]
    public async Task Requests_a_second_count_sets_too()
    {
        var page = await Browser.OpenLiveAsync(system.Demo);
        await Expect(page.GetByTestId("number-rps")).ToHaveTextAsync("0", new() { Timeout = 15_000 });
        for (var i = 0; i < 40; i++)
            await system.Demo.SetAsync("counted");
        await Expect(page.GetByTestId("number-rps")).ToHaveTextAsync(new Regex("^[1-9]"));
    }

    [Fact]
    public async Task A_key_that_redis_cli_expires_early_is_shown_with_the_seconds_that_elapsed()
    {
        var page = await Browser.OpenLiveAsync(system.Demo);
        using var redis = await system.Engine.Server.ConnectAsync();
        var key = NewKey();
        await system.Demo.SetAsync(key, ttl: 200);
        Assert.True(await redis.GetDatabase().KeyExpireAsync($"cachedemo:{key}", TimeSpan.FromSeconds(2)));

        // More than two seconds if the set and the change are far apart, or Redis expires the key late.
        await Expect(page.Activity("expired", key)).ToContainTextAsync(
            new Regex("after [2-9] s"), new() { Timeout = 10_000 });
    }

    [Fact]
    public async Task After_an_outage_of_Redis_Activity_says_from_when_to_when_and_that_the_keys_are_gone()
    {
        var page = await Browser.OpenLiveAsync(system.Demo);
        var key = NewKey();
        await system.Demo.SetAsync(key);
        await Expect(page.Row(key)).ToBeVisibleAsync();

        system.Engine.Server.Kill();
        await Expect(page.GetByTestId("keys-count")).ToContainTextAsync("as last seen", new() { Timeout = 15_000 });
        await Expect(page.GetByTestId("redis-state")).ToHaveTextAsync("not connected");
        await Expect(page.GetByTestId("activity-state")).ToHaveTextAsync("not live");

        // Right after the outage one request fails as during it.
        await page.RouteAsync(
            "**/api/keys*", route => route.FulfillAsync(new() { Status = 503 }), new() { Times = 1 });
        await system.Engine.Server.StartAsync();
        const string Time = @"\d\d:\d\d:\d\d";
        await Expect(page.GetByTestId("activity-row").And(page.Locator("[data-type=away]")).First).ToContainTextAsync(
            new Regex($"Redis was away {Time} to {Time}, and came back empty$"), new() { Timeout = 15_000 });
        await Expect(page.Locator("#keys-empty")).ToContainTextAsync("No keys.");
        await Expect(page.GetByTestId("keys-count")).ToHaveTextAsync("");
        await page.IsLiveAsync();
    }

    [Fact]
    public async Task That_the_keys_are_gone_is_said_also_where_the_stream_has_the_keys_before_the_state_of_Redis()
    {
        var page = await Browser.OpenLiveAsync(system.Demo);
        await page.RouteAsync(
            "**/api/keys*", route => route.FulfillAsync(new() { Json = new { keys = Array.Empty<int>() } }));
        await page.RouteAsync("**/api/events*", route => route.FulfillAsync(new()
        {
            ContentType = "text/event-stream",
            Body = """
                event: state
                data: {"redis":"connected","since":"2026-01-01T00:00:00Z","live":true}

                event: keys
                data: {"keys":[{"key":"one","ttl":60,"originalTtl":60,"size":1}],"cursor":null,"age":0,"total":1}

                event: state
                data: {"redis":"away","since":"2026-01-01T00:00:01Z","live":true}

                event: keys
                data: {"keys":[],"cursor":null,"age":0,"total":0}

                event: state
                data: {"redis":"connected","since":"2026-01-01T00:00:02Z","live":true}


                """,
        }));
        await page.ReloadAsync();
        await Expect(page.GetByTestId("activity-row").And(page.Locator("[data-type=away]")).First)
            .ToContainTextAsync("and came back empty");
    }
}

/// <summary>The same where Redis does not notify.</summary>
[Collection<GarnetCollection>]
public class HonestWithoutNotificationsTests(OnGarnet system, Chromium chromium) : BrowserTests(chromium)
{
    [Fact]
    public async Task What_another_client_of_Redis_sets_and_deletes_is_on_the_page_soon()
    {
        var address = (await system.Demo.Page.GetAnswerAsync("/api/stats"))["address"].GetString()!;
        await using var redis = await ConnectionMultiplexer.ConnectAsync(address);
        var key = NewKey("foreign");
        var page = await Browser.OpenLiveAsync(system.Demo);
        await page.FilterAsync(key);

        await redis.GetDatabase().StringSetAsync($"cachedemo:{key}", "12345", TimeSpan.FromSeconds(90));
        await Expect(page.Row(key)).ToBeVisibleAsync();
        await Expect(page.GetByTestId("keys-count")).ToHaveTextAsync("1 key");
        await redis.GetDatabase().KeyDeleteAsync($"cachedemo:{key}");
        await Expect(page.Row(key)).ToHaveCountAsync(0);
    }
}

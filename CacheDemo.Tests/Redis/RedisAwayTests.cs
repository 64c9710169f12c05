using System.Diagnostics;
using System.Net;
using CacheDemo.Tests.Support;
using static Microsoft.Playwright.Assertions;

namespace CacheDemo.Tests.Redis;

/// <summary>Redis is unavailable when the system starts, starts, stops and starts again.</summary>
[Collection<QuietCollection>]
public class RedisAwayTests
{
    [Fact]
    public async Task Without_Redis_the_API_says_so_at_once_and_serves_as_soon_as_Redis_is_available()
    {
        await using var redis = RedisServer.Create();
        await using var demo = await Demo.StartAsync(redis.Endpoint);
        await AssertAwayAsync(demo);

        await redis.StartAsync();
        await Eventually.TrueAsync(
            async () => (await SetAsync(demo)).Status == HttpStatusCode.OK,
            "the API serves",
            TimeSpan.FromSeconds(5));
        Assert.Equal(HttpStatusCode.OK, (await demo.Page.GetAnswerAsync("/api/health")).Status);

        redis.Kill();
        await AssertAwayAsync(demo);

        await redis.StartAsync();
        await Eventually.TrueAsync(
            async () => (await SetAsync(demo)).Status == HttpStatusCode.OK,
            "the API serves again",
            TimeSpan.FromSeconds(5));
    }

    private static Task<Http.Answer> SetAsync(Demo demo) =>
        demo.Page.PostAsync("/api/set", new { key = "away", value = "x" });

    private static async Task AssertAwayAsync(Demo demo)
    {
        foreach (var ask in new Func<Task<Http.Answer>>[]
        {
            () => SetAsync(demo),
            () => demo.Page.GetAnswerAsync("/api/get/away"),
            () => demo.Page.GetAnswerAsync("/api/ttl/away"),
            () => demo.Page.GetAnswerAsync("/api/keys"),
            () => demo.Page.PostAsync("/api/expire", new { key = "away", ttl = 5 }),
            () => demo.Page.SendRawAsync(HttpMethod.Delete, "/api/delete/away"),
        })
        {
            var started = Stopwatch.StartNew();
            var answer = await ask();
            Assert.Equal(
                (HttpStatusCode.ServiceUnavailable, "application/problem+json"),
                (answer.Status, answer.MediaType));
            Assert.NotNull(answer.Response.Headers.RetryAfter);
            Assert.True(started.Elapsed < TimeSpan.FromSeconds(1), $"answered after {started.Elapsed}");
        }

        var health = await demo.Page.GetAnswerAsync("/api/health");
        Assert.Equal(HttpStatusCode.ServiceUnavailable, health.Status);
        Assert.Equal("Unhealthy", health["status"].GetString());
        Assert.NotNull(health.Response.Headers.RetryAfter);
        Assert.Equal(HttpStatusCode.OK, (await demo.Page.GetAnswerAsync("/api/alive")).Status);
    }
}

/// <summary>Redis is unavailable when the page is opened.</summary>
public class RedisAwayOnThePageTests(Chromium chromium) : BrowserTests(chromium)
{
    [Fact]
    public async Task The_page_says_that_Redis_is_away_and_recovers_by_itself()
    {
        await using var redis = RedisServer.Create();
        await using var demo = await Demo.StartAsync(redis.Endpoint);

        var page = await Browser.OpenAsync(demo.PageAddress);
        await Expect(page.GetByTestId("status-banner")).ToContainTextAsync("Redis", new() { Timeout = 15_000 });

        await page.GetByTestId("set-key").FillAsync("kept");
        await page.GetByTestId("set-value").FillAsync("typed while Redis was away");
        await page.GetByTestId("set-submit").ClickAsync();
        await Expect(page.GetByTestId("response-status")).ToContainTextAsync("503");

        await redis.StartAsync();
        await Expect(page.GetByTestId("status-banner")).ToBeHiddenAsync(new() { Timeout = 15_000 });
        await page.GetByTestId("set-submit").ClickAsync();
        await Expect(page.GetByTestId("response-body")).ToContainTextAsync("typed while Redis was away");
    }
}

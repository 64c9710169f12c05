using System.Text.RegularExpressions;
using CacheDemo.Tests.Support;
using Microsoft.Playwright;
using static CacheDemo.Tests.Support.CacheClient;
using static Microsoft.Playwright.Assertions;

namespace CacheDemo.Tests.Page;

/// <summary>A system of its own, whose numbers nobody else changes, with a dashboard.</summary>
public sealed class WithDashboard : OnGarnet
{
    public const string Dashboard = "http://dashboard.test:18888";

    protected override IEnumerable<(string Name, string Value)> Options => [("Page__Dashboard", Dashboard)];
}

/// <summary>What is live on the page: keys that others set, Activity, Numbers, and links to traces.</summary>
public class LiveTests(WithDashboard system, Chromium chromium) : BrowserTests(chromium), IClassFixture<WithDashboard>
{
    private static readonly LocatorAssertionsToBeVisibleOptions AtOnce = new() { Timeout = 10_000 };

    [Fact]
    public async Task Two_windows_see_each_others_keys_come_and_go()
    {
        IPage one = await OpenAsync(), other = await OpenAsync();
        foreach (var (here, there) in new[] { (one, other), (other, one) })
        {
            var key = NewKey();
            await here.SetAsync(key, ttl: 4);
            await Expect(there.Row(key)).ToBeVisibleAsync(AtOnce);
            await Expect(there.Activity("set", key)).ToBeVisibleAsync(AtOnce);

            foreach (var window in new[] { here, there })
            {
                await Expect(window.Activity("expired", key)).ToBeVisibleAsync(new() { Timeout = 10_000 });
                await Expect(window.Row(key)).ToHaveCountAsync(0);
            }
        }
    }

    [Fact]
    public async Task A_key_that_one_window_deletes_is_gone_in_the_other()
    {
        IPage one = await OpenAsync(), other = await OpenAsync();
        var key = NewKey();
        await one.SetAsync(key, ttl: 600);
        await other.DeleteAsync(key);
        await Expect(one.Row(key)).ToHaveCountAsync(0, new() { Timeout = 10_000 });
        await Expect(one.Activity("deleted", key)).ToBeVisibleAsync();
    }

    [Fact]
    public async Task The_response_and_every_row_of_Activity_link_to_their_trace_in_the_dashboard()
    {
        var page = await OpenAsync();
        var key = NewKey();
        await page.SetAsync(key, ttl: 2);
        var trace = new Regex($"^{Regex.Escape(WithDashboard.Dashboard)}/traces/detail/[0-9a-f]{{32}}$");

        var ofAnswer = page.GetByTestId("response-trace");
        await Expect(ofAnswer).ToHaveAttributeAsync("href", trace);
        var ofSet = page.Activity("set", key).GetByTestId("activity-trace");
        await Expect(ofSet).ToHaveAttributeAsync("href", (await ofAnswer.GetAttributeAsync("href"))!);

        var ofEnd = page.Activity("expired", key).GetByTestId("activity-trace");
        await Expect(ofEnd).ToHaveAttributeAsync("href", trace, new() { Timeout = 10_000 });
        Assert.NotEqual(await ofSet.GetAttributeAsync("href"), await ofEnd.GetAttributeAsync("href"));
    }

    [Fact]
    public async Task Activity_says_what_happened_and_why_and_can_be_paused()
    {
        var page = await OpenAsync();
        string key = NewKey(), unseen = NewKey();
        await system.Demo.MissAsync(key);
        await Expect(page.Activity("miss", key)).ToContainTextAsync("absent");

        await page.GetByTestId("activity-pause").ClickAsync();
        await system.Demo.MissAsync(unseen);
        await Expect(page.GetByTestId("activity-state")).ToContainTextAsync("1 more");
        await Expect(page.Activity("miss", unseen)).ToHaveCountAsync(0);
        await page.GetByTestId("activity-pause").ClickAsync();
        await Expect(page.Activity("miss", unseen)).ToBeVisibleAsync();
    }

    [Fact]
    public async Task Numbers_follow_what_is_done_and_are_reset_on_request()
    {
        var page = await OpenAsync();
        // They may be zero before.
        await page.RunAndWaitForResponseAsync(
            () => page.GetByTestId("numbers-reset").ClickAsync(), "**/api/stats/reset");
        await Expect(page.GetByTestId("number-hits")).ToHaveTextAsync("0");

        var key = NewKey();
        await system.Demo.SetAsync(key, ttl: 2);
        for (var i = 0; i < 3; i++)
            await system.Demo.HitAsync(key);
        await system.Demo.EndsAsync(key);
        await system.Demo.MissAsync(key);

        foreach (
            var (number, text) in new[]
            {
                ("hits", "3"),
                ("misses", "1"),
                ("sets", "1"),
                ("expirations", "1"),
                ("hit-ratio", "75"),
            })
            await Expect(page.GetByTestId($"number-{number}")).ToContainTextAsync(text, new() { Timeout = 10_000 });
        await Expect(page.GetByTestId("number-rps")).ToHaveTextAsync(new Regex(@"\d"));
        await Expect(page.GetByTestId("redis-engine")).ToHaveTextAsync(new Regex(@"^garnet \d"));
        await Expect(page.GetByTestId("redis-state")).ToHaveTextAsync("connected");

        var chart = page.Locator("#chart-hit-ratio");
        await Expect(chart).ToHaveAttributeAsync("aria-label", new Regex("75"));
    }

    private Task<IPage> OpenAsync() => Browser.OpenLiveAsync(system.Demo);
}

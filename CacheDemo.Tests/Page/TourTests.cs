using System.Text.RegularExpressions;
using CacheDemo.Tests.Support;
using Microsoft.Playwright;
using static CacheDemo.Tests.Support.CacheClient;
using static Microsoft.Playwright.Assertions;

namespace CacheDemo.Tests.Page;

/// <summary>A first-time visitor is shown what there is to try.</summary>
public class TourTests(OnGarnet system, Chromium chromium) : BrowserTests(chromium), IClassFixture<OnGarnet>
{
    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        // To the next test it would be a key that somebody else sets.
        await system.Demo.Api.SendRawAsync(HttpMethod.Post, "/keys/flush");
    }

    [Fact]
    public async Task The_steps_tick_themselves_off_as_one_sets_gets_waits_and_gets_again()
    {
        var page = await Browser.OpenLiveAsync(system.Demo);
        await Expect(page.Locator("[data-step][data-done]")).ToHaveCountAsync(0);
        await Expect(Step(page, "set")).ToHaveAttributeAsync("aria-current", "step");

        await page.GetByTestId("set-ttl").FillAsync("3");
        await page.GetByTestId("set-submit").ClickAsync();
        await AssertDoneAsync(page, "set", next: "hit");
        await page.GetByTestId("get-submit").ClickAsync();
        await AssertDoneAsync(page, "hit", next: "expired");
        await AssertDoneAsync(page, "expired", next: "miss");
        await page.GetByTestId("get-submit").ClickAsync();
        await AssertDoneAsync(page, "miss", next: "other");

        await page.ReloadAsync();
        await AssertDoneAsync(page, "miss", next: "other");
    }

    [Fact]
    public async Task The_first_click_works_as_the_forms_begin_filled_in_and_typing_takes_the_examples_place()
    {
        var page = await Browser.OpenLiveAsync(system.Demo);
        await page.GetByTestId("set-submit").ClickAsync();
        await Expect(page.GetByTestId("set-result")).ToHaveTextAsync("Set test, 15 s");
        await page.GetByTestId("get-submit").ClickAsync();
        await Expect(page.GetByTestId("get-result")).ToContainTextAsync("Hit: 12345");

        foreach (var field in new[] { "set-key", "set-value" })
        {
            await page.GetByTestId(field).ClickAsync();
            await page.Keyboard.TypeAsync("own");
            await page.GetByTestId(field).BlurAsync();
            await page.GetByTestId(field).ClickAsync();
            await page.Keyboard.PressAsync("End");
            await page.Keyboard.TypeAsync("er");
            await Expect(page.GetByTestId(field)).ToHaveValueAsync("owner");
        }
    }

    [Theory]
    [InlineData(1280, 900, 5)]
    [InlineData(1366, 650, 1)]
    [InlineData(390, 844, 1)]
    public async Task All_steps_are_in_sight_where_there_is_room_else_the_next_one(int width, int height, int visible)
    {
        var page = await Browser.OpenLiveAsync(system.Demo, PageClient.Sized(width, height));
        await Expect(page.GetByTestId("tour-step").Filter(new() { Visible = true })).ToHaveCountAsync(visible);
        await Expect(Step(page, "set")).ToBeVisibleAsync();
    }

    [Fact]
    public async Task A_second_window_ticks_its_step_in_both()
    {
        var page = await Browser.OpenLiveAsync(system.Demo);
        await Expect(Step(page, "other")).Not.ToHaveAttributeAsync("data-done", "");
        var second = await page.Context.NewPageAsync();
        await second.GotoAsync(system.Demo.PageAddress.ToString());
        foreach (var window in new[] { page, second })
            await Expect(Step(window, "other")).ToHaveAttributeAsync("data-done", "");
    }

    [Fact]
    public async Task A_key_that_somebody_else_sets_ticks_it_too_and_an_own_one_does_not()
    {
        var page = await Browser.OpenLiveAsync(system.Demo);
        var own = NewKey();
        await page.SetAsync(own, ttl: 3);
        await Expect(page.Activity("expired", own)).ToBeVisibleAsync();
        await Expect(Step(page, "other")).Not.ToHaveAttributeAsync("data-done", "");

        await system.Demo.SetAsync(NewKey());
        await Expect(Step(page, "other")).ToHaveAttributeAsync("data-done", "");
    }

    [Fact]
    public async Task A_key_that_was_there_just_before_is_not_one_that_somebody_else_sets()
    {
        await Browser.OpenLiveAsync(system.Demo); // so that the browser has started
        await using var viewer = await FeedViewer.OpenAsync(system.Demo.Page, "/api/events?count=50");
        await system.Demo.SetAsync(NewKey());
        await viewer.SeesAsync(
            e => e.Name == "keys" && e["keys"].GetArrayLength() > 0, "the page that another viewer is sent, too");
        await system.Demo.Api.SendRawAsync(HttpMethod.Post, "/keys/flush");

        var page = await Browser.OpenLiveAsync(system.Demo);
        var own = NewKey();
        await page.SetAsync(own, ttl: 2);
        await Expect(page.Activity("expired", own)).ToBeVisibleAsync();
        await Expect(Step(page, "other")).Not.ToHaveAttributeAsync("data-done", "");
    }

    [Fact]
    public async Task Hide_hides_the_steps_for_good()
    {
        var page = await Browser.OpenLiveAsync(system.Demo);
        await Expect(page.GetByTestId("tour")).ToBeVisibleAsync();
        await page.GetByTestId("tour-dismiss").ClickAsync();
        await Expect(page.GetByTestId("tour")).ToHaveCountAsync(0);
        await Expect(page.Locator("body")).Not.ToBeFocusedAsync();

        await page.ReloadAsync();
        await page.IsLiveAsync();
        await Expect(page.GetByTestId("tour")).ToHaveCountAsync(0);
        await Expect(page.GetByTestId("set-key")).ToBeVisibleAsync();
    }

    [Fact]
    public async Task Words_that_need_it_are_explained_where_the_pointer_rests()
    {
        var page = await Browser.OpenLiveAsync(system.Demo);
        await AssertExplainedAsync(page.Locator(".tile", new() { HasText = "Hit ratio" }), "hits / ");

        var key = NewKey();
        await system.Demo.SetAsync(key);
        await system.Demo.TouchAsync(key, 60);
        await system.Demo.MissAsync($"{key}-nobody");
        await AssertExplainedAsync(page.Activity("touched", key).Locator(".activity-type"), "its value stayed");
        await AssertExplainedAsync(page.Activity("miss", $"{key}-nobody").Locator(".activity-type"), "database");

        static Task AssertExplainedAsync(ILocator word, string how) =>
            Expect(word).ToHaveAttributeAsync("title", new Regex(how));
    }

    private static ILocator Step(IPage page, string step) => page.Locator($"[data-step={step}]");

    private static async Task AssertDoneAsync(IPage page, string step, string next)
    {
        await Expect(Step(page, step)).ToHaveAttributeAsync("data-done", "", new() { Timeout = 10_000 });
        await Expect(Step(page, next)).ToHaveAttributeAsync("aria-current", "step");
    }
}

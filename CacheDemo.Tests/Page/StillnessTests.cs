using CacheDemo.Tests.Support;
using Microsoft.Playwright;
using static CacheDemo.Tests.Support.CacheClient;
using static Microsoft.Playwright.Assertions;

namespace CacheDemo.Tests.Page;

/// <summary>
/// The list of keys does not move while it has the pointer or the focus: a click hits the intended row.
/// </summary>
public class StillnessTests(OnGarnet system, Chromium chromium) : BrowserTests(chromium), IClassFixture<OnGarnet>
{
    private readonly string _prefix = NewKey("still");

    // Names with the same order whether they are sorted or each is inserted above the one before.
    private string Newest => $"{_prefix}:1-newest";

    private string New => $"{_prefix}:2-new";

    private string Above => $"{_prefix}:3-above";

    private string Aim => $"{_prefix}:4-aim";

    private string Below => $"{_prefix}:5-below";

    [Fact]
    public async Task Under_a_resting_pointer_nothing_moves_and_Delete_takes_the_key_that_it_points_at()
    {
        var page = await OpenAsync(Below, Aim, Above);
        var delete = page.Row(Aim).GetByTestId("key-delete");
        await delete.HoverAsync();
        var before = await PlacesAsync(page);

        await ExpireAboveAsync(page);
        await SetNewAsync(page);
        Assert.Equal(before, await PlacesAsync(page));

        await PressAsync(page);
        await Expect(delete).ToHaveTextAsync("Delete?");
        await PressAsync(page);
        await Expect(page.Row(Aim)).ToHaveAttributeAsync("data-level", "gone");
        Assert.Equal(before, await PlacesAsync(page));
        await AssertLeftAsync(Newest, New, Below);

        await page.LeaveAsync();
        await Expect(page.Names()).ToHaveTextAsync([Newest, New, Below]);
        await Expect(page.GetByTestId("keys-new")).ToBeHiddenAsync();
    }

    [Fact]
    public async Task Show_places_the_new_keys_at_once_though_the_pointer_rests_in_the_list()
    {
        var page = await OpenAsync(Aim, Above);
        await page.Row(Aim).HoverAsync();
        await ExpireAboveAsync(page);
        await SetNewAsync(page);

        await page.GetByTestId("keys-new").DispatchEventAsync("click");
        await Expect(page.Names()).ToHaveTextAsync([Newest, New, Above, Aim]);
        await Expect(page.GetByTestId("keys-new")).ToBeHiddenAsync();
    }

    [Fact]
    public async Task After_Show_was_clicked_the_list_goes_on_by_itself()
    {
        var page = await OpenAsync(Aim, Above);
        await page.Row(Aim).HoverAsync();
        await ExpireAboveAsync(page);
        await system.Demo.SetAsync(New);
        await page.GetByTestId("keys-new").ClickAsync();
        await page.LeaveAsync();

        await Expect(page.Names()).ToHaveTextAsync([New, Aim]);
        await system.Demo.SetAsync(Newest);
        await Expect(page.Names()).ToHaveTextAsync([Newest, New, Aim]);
    }

    [Fact]
    public async Task With_the_focus_in_it_the_list_is_still_too()
    {
        var page = await OpenAsync(Aim, Above);
        await page.Row(Aim).GetByTestId("key-get").FocusAsync();
        await page.Keyboard.PressAsync("Tab");
        await ExpireAboveAsync(page);
        await SetNewAsync(page);

        await Expect(page.Names()).ToHaveTextAsync([Above, Aim]);
        await page.Keyboard.PressAsync("Tab");
        await page.Keyboard.PressAsync("Enter");
        await page.Keyboard.PressAsync("Enter");
        await Expect(page.Row(Aim)).ToHaveAttributeAsync("data-level", "gone");
        await AssertLeftAsync(Newest, New);

        await page.GetByTestId("set-key").FocusAsync();
        await Expect(page.Names()).ToHaveTextAsync([Newest, New]);
    }

    private async Task<IPage> OpenAsync(params string[] keys)
    {
        var page = await Browser.OpenLiveAsync(system.Demo);
        await page.FilterAsync(_prefix);
        foreach (var key in keys)
            await system.Demo.SetAsync(key);
        await Expect(page.Names()).ToHaveTextAsync(keys.Reverse());
        return page;
    }

    private async Task ExpireAboveAsync(IPage page)
    {
        await system.Demo.TouchAsync(Above, ttl: 1);
        await Expect(page.Activity("expired", Above)).ToBeVisibleAsync();
        await Expect(page.Row(Above)).ToHaveAttributeAsync("data-level", "gone");
        await Expect(page.Row(Above).GetByTestId("key-name")).ToHaveCSSAsync("text-decoration-line", "line-through");
        await Expect(page.Row(Above).Locator("[data-action][aria-disabled=true]")).ToHaveCountAsync(3);
    }

    private async Task SetNewAsync(IPage page)
    {
        await system.Demo.SetAsync(New);
        await system.Demo.SetAsync(Newest);
        await Expect(page.GetByTestId("keys-new")).ToHaveTextAsync("2 new keys · Show");
    }

    /// <summary>Presses and releases the button where the pointer is.</summary>
    private static async Task PressAsync(IPage page)
    {
        await page.Mouse.DownAsync();
        await page.Mouse.UpAsync();
    }

    /// <summary>The positions of the keys in the window.</summary>
    private static Task<string> PlacesAsync(IPage page) => page.GetByTestId("key-row").EvaluateAllAsync<string>("""
        rows => rows.map(row => [row.dataset.key, ...Object.values(row.getBoundingClientRect().toJSON())].join(' '))
          .join('\n')
        """);

    private async Task AssertLeftAsync(params string[] keys)
    {
        var left = await system.Demo.Page.GetAnswerAsync($"/api/keys?match={_prefix}*&count=1000");
        var names = left["keys"].EnumerateArray().Select(key => key.GetProperty("key").GetString()!);
        Assert.Equal(keys, names.Order(StringComparer.Ordinal));
    }
}

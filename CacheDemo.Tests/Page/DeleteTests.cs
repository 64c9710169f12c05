using CacheDemo.Tests.Support;
using Microsoft.Playwright;
using static CacheDemo.Tests.Support.CacheClient;
using static Microsoft.Playwright.Assertions;

namespace CacheDemo.Tests.Page;

/// <summary>A key is deleted only after a confirmation, and the focus is then where the user can continue.</summary>
[Collection<GarnetCollection>]
public class DeleteTests(OnGarnet system, Chromium chromium) : BrowserTests(chromium)
{
    private readonly string _key = NewKey("deleted");

    [Fact]
    public async Task One_click_asks_for_confirmation_for_three_seconds()
    {
        var (_, delete) = await OpenAsync();
        await delete.ClickAsync();
        await Expect(delete).ToHaveTextAsync("Delete?");
        await Expect(delete).ToHaveAccessibleNameAsync($"Really delete key {_key}?");
        await Expect(delete).ToHaveTextAsync("Delete");

        await delete.ClickAsync();
        await Expect(delete).ToHaveTextAsync("Delete?");
        await system.Demo.HitAsync(_key);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(200)]
    [InlineData(600)] // as where the page is busy, and comes late to the second click
    public async Task A_double_click_quick_or_slow_only_asks(int pressedForMs)
    {
        var (page, delete) = await OpenAsync();
        var deletions = new List<string>();
        page.Request += (_, request) => deletions.AddRange(request.Method == "DELETE" ? [request.Url] : []);

        await delete.DblClickAsync(new() { Delay = pressedForMs });
        await Expect(delete).ToHaveTextAsync("Delete?");
        await page.Row(_key).GetByTestId("key-get").ClickAsync();
        await Expect(page.Row(_key).GetByTestId("key-answer")).ToContainTextAsync("Hit");
        Assert.Empty(deletions);
    }

    [Fact]
    public async Task After_the_mouse_deleted_the_last_one_the_focus_is_at_the_list_which_goes_on_by_itself()
    {
        var (page, _) = await OpenAsync();
        await page.DeleteAsync(_key);
        await Expect(page.GetByTestId("key-row")).ToHaveCountAsync(0);
        await Expect(page.Locator("#keys")).ToBeFocusedAsync();

        await system.Demo.SetAsync($"{_key}:next");
        await Expect(page.Names()).ToHaveTextAsync([$"{_key}:next"]);
    }

    [Fact]
    public async Task After_the_keyboard_deleted_one_the_focus_is_where_it_was()
    {
        var (page, delete) = await OpenAsync();
        await delete.FocusAsync();
        await page.Keyboard.PressAsync("Enter");
        await page.Keyboard.PressAsync("Enter");
        await Expect(page.Row(_key)).ToHaveAttributeAsync("data-level", "gone");
        await Expect(delete).ToBeFocusedAsync();
    }

    private async Task<(IPage Page, ILocator Delete)> OpenAsync()
    {
        var page = await Browser.OpenLiveAsync(system.Demo);
        await page.FilterAsync(_key);
        await system.Demo.SetAsync(_key);
        var delete = page.Row(_key).GetByTestId("key-delete");
        await Expect(delete).ToBeVisibleAsync();
        return (page, delete);
    }
}

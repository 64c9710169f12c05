using System.Text.RegularExpressions;
using CacheDemo.Tests.Support;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace CacheDemo.Tests.Page;

/// <summary>The page in a browser.</summary>
public class PageTests(OnGarnet system, Chromium chromium) : BrowserTests(chromium), IClassFixture<OnGarnet>
{
    private Task<IPage> OpenAsync(ViewportSize? size = null, PageEmulateMediaOptions? media = null) =>
        Browser.OpenAsync(system.Demo.PageAddress, size, media);

    [Fact]
    public async Task The_whole_journey_set_get_watch_it_expire_get()
    {
        var page = await OpenAsync();
        await page.JourneyAsync();
    }

    [Fact]
    public async Task A_key_with_a_ttl_of_two_seconds_appears_and_expires()
    {
        var page = await OpenAsync();
        await page.SetAsync("fleeting", "x", ttl: 2);
        await Expect(page.Row("fleeting")).ToHaveCountAsync(0, new() { Timeout = 20_000 });
    }

    [Fact]
    public async Task A_key_round_trips_through_every_control_whatever_it_holds()
    {
        var page = await OpenAsync();
        string[] keys =
        [
            "a/b c", "100%", "?x=1&y", "#", "+", "%2F", "..", "日本語", "🔑", "\"", "\\", "/leading", "trailing/",
            " leading", "trailing ",
        ];
        foreach (var key in keys)
            await RoundTripAsync(page, key);
        foreach (var key in keys)
            await Expect(page.Row(key)).ToHaveCountAsync(0);
    }

    private static async Task RoundTripAsync(IPage page, string key)
    {
        await page.SetAsync(key, "the value");

        await page.GetAsync(key);
        await Expect(page.GetByTestId("response-badge")).ToHaveTextAsync("hit");
        await Expect(page.GetByTestId("response-body")).ToContainTextAsync("the value");

        await page.GetByTestId("get-key").FillAsync("");
        await page.Row(key).GetByTestId("key-get").ClickAsync();
        await Expect(page.GetByTestId("response-badge")).ToHaveTextAsync("hit");

        await page.GetByTestId("extend-ttl").FillAsync(" 500 ");
        await page.Row(key).GetByTestId("key-extend").ClickAsync();
        await Expect(page.Row(key).GetByTestId("key-ttl")).ToHaveTextAsync(new Regex("^(500|49[0-9]|8 min|8m)"));

        await page.DeleteAsync(key);
        await page.GetAsync(key);
        await Expect(page.GetByTestId("response-badge")).ToHaveTextAsync("miss");
    }

    [Fact]
    public async Task A_script_in_a_key_or_value_is_text_everywhere()
    {
        const string Script = "<script>window.pwned=1</script><img src=x onerror=\"window.pwned=1\">";
        var page = await OpenAsync();
        await page.SetAsync(Script, Script);

        await Expect(page.Row(Script).GetByTestId("key-name")).ToHaveTextAsync(Script);
        await page.GetAsync(Script);
        await Expect(page.GetByTestId("response-body")).ToContainTextAsync("<script>window.pwned=1</script>");
        await page.GetByTestId("keys-filter").FillAsync("<script>");
        await Expect(page.Row(Script)).ToHaveCountAsync(1);

        Assert.True(await page.EvaluateAsync<bool>("window.pwned === undefined"));
        Assert.Equal(0, await page.Locator("img").CountAsync());
        await page.DeleteAsync(Script);
    }

    [Fact]
    public async Task An_error_of_the_API_is_shown_at_the_field()
    {
        var page = await OpenAsync();
        await page.GetByTestId("set-key").FillAsync("");
        await page.GetByTestId("set-ttl").FillAsync("1.5");
        await page.GetByTestId("set-submit").ClickAsync();

        await Expect(page.GetByTestId("response-status")).ToContainTextAsync("400");
        await Expect(page.GetByTestId("set-ttl")).ToHaveAttributeAsync("aria-invalid", "true");
        await page.GetByTestId("set-ttl").FillAsync("60");
        await page.GetByTestId("set-submit").ClickAsync();
        await Expect(page.GetByTestId("set-key")).ToHaveAttributeAsync("aria-invalid", "true");
        await Expect(page.Locator("#set-key-error")).ToContainTextAsync("missing or empty");
    }

    [Fact]
    public async Task A_filter_and_pages_lead_through_many_keys()
    {
        var page = await OpenAsync();
        for (var i = 0; i < 130; i++)
            await system.Demo.Page.PostAsync("/api/set", new { key = $"many:{i:000}", value = "x", ttl = 300 });

        await page.GetByTestId("keys-filter").FillAsync("many:");
        var rows = page.GetByTestId("key-row");
        await Expect(page.GetByTestId("keys-more")).ToBeVisibleAsync();
        await page.LoadAllAsync(130);
        await page.GetByTestId("keys-filter").FillAsync("many:12?");
        await Expect(rows).ToHaveCountAsync(10);
        // The pages of other tests would list them.
        await system.Demo.Page.PostAsync("/api/keys/flush", new { });
    }

    [Theory]
    [InlineData(1280, 900, ColorScheme.Light)]
    [InlineData(1280, 900, ColorScheme.Dark)]
    [InlineData(390, 844, ColorScheme.Light)]
    [InlineData(390, 844, ColorScheme.Dark)]
    public async Task Axe_finds_nothing_and_nothing_is_wider_than_the_window(int width, int height, ColorScheme scheme)
    {
        var page = await OpenAsync(
            PageClient.Sized(width, height),
            new() { ColorScheme = scheme, ReducedMotion = ReducedMotion.Reduce });
        await page.AssertAccessibleAsync();

        await page.SetAsync(new string('k', 200), "12345");
        await page.GetAsync(new string('k', 200));
        await Expect(page.GetByTestId("response-badge")).ToHaveTextAsync("hit");
        await page.AssertAccessibleAsync();

        await page.GetAsync("nobody");
        await Expect(page.GetByTestId("response-badge")).ToHaveTextAsync("miss");
        await page.AssertAccessibleAsync();

        await page.GetByTestId("set-key").FillAsync("");
        await page.GetByTestId("set-submit").ClickAsync();
        await Expect(page.GetByTestId("set-key")).ToHaveAttributeAsync("aria-invalid", "true");
        await page.AssertAccessibleAsync();

        Assert.True(await page.EvaluateAsync<bool>("document.documentElement.scrollWidth <= innerWidth"));
    }

    [Fact]
    public async Task The_page_works_by_keyboard_alone()
    {
        var page = await OpenAsync();
        await page.GetByTestId("set-key").FocusAsync();
        await page.Keyboard.TypeAsync("typed");
        await page.Keyboard.PressAsync("Tab");
        await page.Keyboard.TypeAsync("by hand");
        await page.Keyboard.PressAsync("Tab");
        await page.Keyboard.PressAsync("Enter");
        await Expect(page.GetByTestId("response-body"))
            .ToContainTextAsync("Key 'typed' set to 'by hand' with 15 seconds TTL");
    }
}

using System.Text.RegularExpressions;
using Deque.AxeCore.Commons;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace CacheDemo.Tests.Support;

/// <summary>What a person does and sees on the page.</summary>
internal static class PageClient
{
    /// <summary>A first script: what the policy for browsers blocks is in <c>violations</c>.</summary>
    public const string RecordViolations = """
        window.violations = [];
        document.addEventListener('securitypolicyviolation', e => violations.push(
          `${e.effectiveDirective} ${e.blockedURI} ${e.sourceFile}:${e.lineNumber}`));
        """;

    /// <summary>Opens a window and waits until it is live.</summary>
    public static async Task<IPage> OpenLiveAsync(
        this Browser browser, Demo demo, ViewportSize? size = null, PageEmulateMediaOptions? media = null)
    {
        var page = await browser.OpenAsync(demo.PageAddress, size, media);
        await page.IsLiveAsync();
        return page;
    }

    /// <summary>Waits until events arrive.</summary>
    public static Task IsLiveAsync(this IPage page) =>
        Expect(page.GetByTestId("activity-state")).ToHaveTextAsync("live", new() { Timeout = 10_000 });

    /// <summary>Waits until the view of the products has them, and Redis is connected.</summary>
    public static async Task HasProductsAsync(this IPage page)
    {
        await Expect(page.GetByTestId("product").Locator("option").Nth(100))
            .ToBeAttachedAsync(new() { Timeout = 30_000 });
        await Expect(page.Locator("#state")).ToHaveAttributeAsync("data-state", "ok");
    }

    /// <summary>A step of the guide.</summary>
    public static ILocator Step(this IPage page, string name) => page.GetByTestId("step")
        .Filter(new() { Has = page.GetByRole(AriaRole.Heading, new() { Name = name }) });

    /// <summary>Takes a step of the guide to its end, and returns what it says then.</summary>
    public static async Task<string> TakeStepAsync(this IPage page, string name)
    {
        var step = page.Step(name);
        await step.GetByTestId("step-run").ClickAsync();
        // The longest has two runs of entries that expire, on a busy machine.
        await Expect(step).ToHaveAttributeAsync("data-state", new Regex("done|failed"), new() { Timeout = 60_000 });
        return (await step.GetByTestId("step-said").InnerTextAsync()).Replace('\u00a0', ' ');
    }

    /// <summary>Nothing on the page is what axe objects to.</summary>
    public static async Task AssertAccessibleAsync(this IPage page)
    {
        await page.EvaluateAsync($"() => {{ {new BundledAxeScriptProvider().GetScript()} }}");
        var violations = await page.EvaluateAsync<string[]>("""
            async () => (await axe.run({ resultTypes: ['violations'] })).violations.map(
              ({ id, help, nodes }) => `${id}: ${help} at ${nodes.map(node => node.html).join(', ')}`)
            """);
        Assert.True(violations.Length == 0, string.Join('\n', violations));
    }

    /// <summary>A window of this size.</summary>
    public static ViewportSize Sized(int width, int height) => new() { Width = width, Height = height };

    /// <summary>The row of a key.</summary>
    public static ILocator Row(this IPage page, string key) =>
        page.GetByTestId("key-row").And(page.Locator($"[data-key={Css(key)}]"));

    /// <summary>The names in the list of keys, from top to bottom.</summary>
    public static ILocator Names(this IPage page) => page.GetByTestId("key-row").GetByTestId("key-name");

    /// <summary>What Activity says of a key.</summary>
    public static ILocator Activity(this IPage page, string type, string key) =>
        page.Locator($"[data-testid=activity-row][data-type='{type}'][data-key={Css(key)}]");

    /// <summary>Lists the keys that hold a text, and waits until no others are listed.</summary>
    public static async Task FilterAsync(this IPage page, string text)
    {
        await page.GetByTestId("keys-filter").FillAsync(text);
        await Expect(page.Names().Filter(new() { HasNotText = text })).ToHaveCountAsync(0);
        var none = page.Locator("#keys-empty", new() { HasText = $"contains “{text}”" });
        await Expect(page.GetByTestId("key-row").Or(none).First).ToBeVisibleAsync();
    }

    /// <summary>Loads more until that many keys are listed; the button may be hidden by then.</summary>
    public static Task LoadAllAsync(this IPage page, int count) => Eventually.TrueAsync(
        async () =>
        {
            await page.GetByTestId("keys-more").DispatchEventAsync("click");
            return await page.GetByTestId("key-row").CountAsync() == count;
        },
        "all keys are listed");

    /// <summary>Sets a key with the form.</summary>
    public static async Task SetAsync(this IPage page, string key, string value = "x", int ttl = 60)
    {
        await page.GetByTestId("set-key").FillAsync(key);
        await page.GetByTestId("set-value").FillAsync(value);
        await page.GetByTestId("set-ttl").FillAsync($"{ttl}");
        await page.RunAndWaitForResponseAsync(() => page.GetByTestId("set-submit").ClickAsync(), "**/api/set");
        await Expect(page.GetByTestId("response-status")).ToContainTextAsync("200");
    }

    /// <summary>Gets a key with the form.</summary>
    public static async Task GetAsync(this IPage page, string key)
    {
        await page.GetByTestId("get-key").FillAsync(key);
        await page.GetByTestId("get-submit").ClickAsync();
    }

    /// <summary>Deletes a key by its row, and confirms it; the pointer leaves the list when the key is gone.</summary>
    public static async Task DeleteAsync(this IPage page, string key)
    {
        var delete = page.Row(key).GetByTestId("key-delete");
        await delete.ClickAsync();
        await Expect(delete).ToHaveTextAsync("Delete?");
        await page.RunAndWaitForResponseAsync(() => delete.ClickAsync(), "**/api/delete**");
        await page.LeaveAsync();
    }

    /// <summary>Sets a key, reads it, watches it expire, and finds it gone.</summary>
    public static async Task JourneyAsync(this IPage page)
    {
        await page.SetAsync("journey", "12345", ttl: 8);
        await Expect(page.GetByTestId("response-body"))
            .ToContainTextAsync("Key 'journey' set to '12345' with 8 seconds TTL");
        await Expect(page.Row("journey").GetByTestId("key-ttl")).ToHaveTextAsync(new Regex("^[1-8] s"));

        await page.GetAsync("journey");
        await Expect(page.GetByTestId("response-body"))
            .ToHaveTextAsync("""{"key":"journey","value":"12345","source":"cache"}""");
        await Expect(page.GetByTestId("response-badge")).ToHaveTextAsync("hit");
        await Expect(page.GetByTestId("response-time")).ToHaveTextAsync(new Regex(@"\d ms"));

        await Expect(page.Row("journey")).ToHaveCountAsync(0, new() { Timeout = 20_000 });
        await page.GetAsync("journey");
        await Expect(page.GetByTestId("response-body")).ToHaveTextAsync("""{"error":"Key not found"}""");
        await Expect(page.GetByTestId("response-badge")).ToHaveTextAsync("miss");
        await Expect(page.GetByTestId("response-status")).ToContainTextAsync("404");
    }

    /// <summary>Moves the pointer to where nothing is.</summary>
    public static Task LeaveAsync(this IPage page) => page.Mouse.MoveAsync(1, 1);

    private static string Css(string key) =>
        "\"" + string.Concat(key.Select(c => c is '"' or '\\' ? $"\\{c}" : $"{c}")) + "\"";
}

using System.Text.RegularExpressions;
using CacheDemo.Tests.Support;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace CacheDemo.Tests.Page;

/// <summary>Every invalid field is marked at once, with its error.</summary>
[Collection<GarnetCollection>]
public class ErrorTests(OnGarnet system, Chromium chromium) : BrowserTests(chromium)
{
    [Fact]
    public async Task An_empty_key_and_an_invalid_TTL_are_both_marked()
    {
        var page = await Browser.OpenLiveAsync(system.Demo);
        await page.GetByTestId("set-key").FillAsync("");
        foreach (
            var (ttl, why) in new[] { ("0", "The ttl is 0; .* 1 to 2592000"), ("soon", "whole number .* 2592000") })
        {
            await page.GetByTestId("set-ttl").FillAsync(ttl);
            await page.GetByTestId("set-submit").ClickAsync();
            await AssertMarkedAsync(page.GetByTestId("set-key"), "missing or empty");
            await AssertMarkedAsync(page.GetByTestId("set-ttl"), why);
            await Expect(page.GetByTestId("set-result")).ToHaveTextAsync("");
        }
    }

    [Fact]
    public async Task A_value_that_is_too_large_is_refused_with_both_numbers_and_not_sent()
    {
        var page = await Browser.OpenLiveAsync(system.Demo);
        var sent = new List<string>();
        page.Request += (_, request) => sent.Add(request.Url);
        await page.GetByTestId("set-value").FillAsync(new string('x', (1024 * 1024) + 1));
        await page.GetByTestId("set-submit").ClickAsync();

        await AssertMarkedAsync(page.GetByTestId("set-value"), "1,048,577 .* 1,048,576 ");
        await Expect(page.Locator("#announcer")).ToContainTextAsync("1,048,576");
        Assert.DoesNotContain(sent, url => url.EndsWith("/api/set", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_TTL_with_spaces_around_it_is_accepted()
    {
        var page = await Browser.OpenLiveAsync(system.Demo);
        await page.GetByTestId("set-ttl").FillAsync(" 60 ");
        await page.GetByTestId("set-submit").ClickAsync();
        await Expect(page.GetByTestId("set-result")).ToHaveTextAsync("Set test, 60 s");
    }

    private static async Task AssertMarkedAsync(ILocator field, string why)
    {
        await Expect(field).ToHaveAttributeAsync("aria-invalid", "true");
        await Expect(field).ToHaveAccessibleDescriptionAsync(new Regex(why));
    }
}

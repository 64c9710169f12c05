using System.Text.RegularExpressions;
using CacheDemo.Tests.Support;
using Microsoft.Playwright;
using static CacheDemo.Tests.Support.CacheClient;
using static Microsoft.Playwright.Assertions;

namespace CacheDemo.Tests.Page;

/// <summary>A response is shown in view, and a value is shown as it is.</summary>
[Collection<GarnetCollection>]
public class AnswerTests(OnGarnet system, Chromium chromium) : BrowserTests(chromium)
{
    [Theory]
    [InlineData(1440, 780)]
    [InlineData(1366, 650)]
    [InlineData(390, 844)]
    public async Task Set_and_Get_show_their_response_in_view(int width, int height)
    {
        var page = await Browser.OpenLiveAsync(system.Demo, PageClient.Sized(width, height));
        await page.GetByTestId("set-submit").ClickAsync();
        await Expect(page.GetByTestId("set-result")).ToHaveTextAsync("Set test, 15 s");
        await Expect(page.GetByTestId("set-result")).ToBeInViewportAsync(new() { Ratio = 1 });

        await page.GetByTestId("get-submit").ClickAsync();
        await Expect(page.GetByTestId("get-result")).ToHaveTextAsync(new Regex(@"^Hit: 12345, \d+(\.\d)? ms$"));
        await Expect(page.GetByTestId("get-result")).ToBeInViewportAsync(new() { Ratio = 1 });
    }

    [Fact]
    public async Task On_a_phone_the_Get_of_a_row_opens_its_response_below_it_and_the_row_stays_where_it_is()
    {
        var key = NewKey();
        await system.Demo.SetAsync(key, "the value");
        var page = await Browser.OpenLiveAsync(system.Demo, PageClient.Sized(390, 844));
        await page.FilterAsync(key);
        var (row, get) = (page.Row(key), page.Row(key).GetByTestId("key-get"));
        await get.HoverAsync();
        var before = await row.BoundingBoxAsync();

        await get.ClickAsync();
        var answer = row.GetByTestId("key-answer");
        await Expect(answer).ToContainTextAsync(new Regex(@"Hit: the value, \d+(\.\d)? ms"));
        await Expect(answer).ToBeInViewportAsync(new() { Ratio = 1 });
        Assert.True((await answer.BoundingBoxAsync())!.Y > (await get.BoundingBoxAsync())!.Y);
        Assert.Equal(before!.Y, (await row.BoundingBoxAsync())!.Y, 1f);
        await Expect(page.GetByTestId("response-badge")).ToHaveTextAsync("hit");
    }

    [Fact]
    public async Task An_invalid_TTL_of_a_row_is_shown_at_its_field_and_announced_and_a_valid_one_shortens_it()
    {
        var key = NewKey();
        await system.Demo.SetAsync(key, ttl: 299);
        var page = await Browser.OpenLiveAsync(system.Demo);
        await page.FilterAsync(key);
        var (field, set) = (page.GetByTestId("extend-ttl"), page.Row(key).GetByTestId("key-extend"));
        await Expect(set).ToHaveTextAsync("Set TTL");

        await field.FillAsync("0");
        await set.ClickAsync();
        await Expect(field).ToHaveAttributeAsync("aria-invalid", "true");
        var said = await page.Locator("#extend-ttl-error").InnerTextAsync();
        Assert.Contains("must be from 1 to", said, StringComparison.Ordinal);
        await Expect(field).ToHaveAccessibleDescriptionAsync(new Regex(Regex.Escape(said)));
        await Expect(page.Locator("#announcer")).ToContainTextAsync(said);

        await field.FillAsync(" 60 ");
        await set.ClickAsync();
        await Expect(page.Row(key).GetByTestId("key-ttl")).ToHaveTextAsync(new Regex("^(60|5[0-9]) s$"));
        await Expect(field).Not.ToHaveAttributeAsync("aria-invalid", "true");
        await Expect(page.Locator("#extend-ttl-error")).ToBeHiddenAsync();
    }

    [Fact]
    public async Task A_value_is_shown_as_text_or_formatted_JSON_with_the_response_below_it()
    {
        const string Lines = "one 🔑 \"line\"\n\n  and 日本語\tanother", Markup = "<b>שלום</b>",
            Hebrew = "שלום 🔑";
        var page = await Browser.OpenLiveAsync(system.Demo);
        await page.Context.GrantPermissionsAsync(["clipboard-read", "clipboard-write"]);
        foreach (var (value, shown, direction) in new[]
        {
            (Lines, Lines, "ltr"), (Markup, Markup, "ltr"), (Hebrew, Hebrew, "rtl"),
            (
                """{"key":"🔑","list":[1.0,{"a":null},[]],"line":"a\nb"}""",
                """
                {
                  "key": "🔑",
                  "list": [
                    1.0,
                    {
                      "a": null
                    },
                    []
                  ],
                  "line": "a\nb"
                }
                """,
                "ltr"),
        })
        {
            var key = NewKey();
            await system.Demo.SetAsync(key, value);
            await page.GetAsync(key);
            var (text, body) = (page.GetByTestId("response-value"), page.GetByTestId("response-body"));
            await Expect(body).ToContainTextAsync(key);

            Assert.Equal(shown, await text.TextContentAsync());
            await Expect(text).ToHaveCSSAsync("direction", direction);
            await Expect(text).ToHaveCSSAsync("white-space-collapse", "preserve");
            var came = await system.Demo.Page.GetAnswerAsync($"/api/get/{key}");
            Assert.Equal(came.Body, await body.TextContentAsync());

            await page.GetByTestId("response-copy").ClickAsync();
            await Expect(page.Locator("#announcer")).ToHaveTextAsync("Copied.");
            Assert.Equal(value, await page.EvaluateAsync<string>("navigator.clipboard.readText()"));
        }
    }
}

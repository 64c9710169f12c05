using System.Net;
using CacheDemo.Tests.Support;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace CacheDemo.Tests.Page;

/// <summary>The page in a browser, where users must sign in.</summary>
public class SignInPageTests(SignInPageTests.Locked system, Chromium chromium)
    : BrowserTests(chromium), IClassFixture<SignInPageTests.Locked>
{
    private const string Key = "open-sesame-open-sesame";

    public sealed class Locked : OnGarnet
    {
        protected override IEnumerable<(string Name, string Value)> Options => [("SignIn__ApiKey", Key)];
    }

    [Fact]
    public async Task The_form_opens_the_page_and_signing_out_closes_it()
    {
        Assert.Equal(HttpStatusCode.Unauthorized, (await system.Demo.Page.GetAnswerAsync("/api/stats")).Status);
        var page = await Browser.OpenAsync(system.Demo.PageAddress);
        await Expect(page.GetByTestId("sign-in")).ToBeVisibleAsync();
        await Expect(page.GetByTestId("set-key")).ToBeHiddenAsync();
        await Expect(page.GetByTestId("sign-in-key")).ToBeFocusedAsync();

        await page.Keyboard.TypeAsync("wrong");
        await page.Keyboard.PressAsync("Enter");
        await Expect(page.GetByTestId("sign-in-key")).ToHaveAttributeAsync("aria-invalid", "true");
        await Expect(page.Locator("#sign-in-key-error")).ToHaveTextAsync("That is not the key.");

        await page.GetByTestId("sign-in-key").FillAsync(Key);
        await page.Keyboard.PressAsync("Enter");
        await Expect(page.GetByTestId("sign-in")).ToBeHiddenAsync();
        await page.GetByTestId("set-key").FillAsync("signed in");
        await page.GetByTestId("set-submit").ClickAsync();
        await Expect(page.GetByTestId("response-status")).ToContainTextAsync("200");
        await Expect(page.GetByTestId("activity-list")).ToContainTextAsync("signed in");
        await Expect(page.GetByTestId("number-sets")).Not.ToHaveTextAsync("–");

        await page.ReloadAsync();
        await Expect(page.GetByTestId("sign-in")).ToBeHiddenAsync();
        await page.GetByTestId("sign-out").ClickAsync();
        await Expect(page.GetByTestId("sign-in-key")).ToBeFocusedAsync();
        await Expect(page.GetByTestId("keys-list")).ToBeHiddenAsync();
    }

    [Fact]
    public async Task Where_the_sign_in_is_over_the_stream_from_before_ends_too()
    {
        var page = await Browser.OpenAsync(system.Demo.PageAddress);
        await page.GetByTestId("sign-in-key").FillAsync(Key);
        await page.Keyboard.PressAsync("Enter");
        await page.IsLiveAsync();

        var ended = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        page.RequestFailed += (_, request) =>
        {
            if (request.Url.Contains("/api/events", StringComparison.Ordinal))
                ended.TrySetResult();
        };
        await page.Context.ClearCookiesAsync();
        await page.GetByTestId("get-submit").ClickAsync();
        await Expect(page.GetByTestId("sign-in")).ToBeVisibleAsync();
        await ended.Task.WaitAsync(TimeSpan.FromSeconds(15), TestContext.Current.CancellationToken);

        await page.GetByTestId("sign-in-key").FillAsync(Key);
        await page.Keyboard.PressAsync("Enter");
        await Expect(page.GetByTestId("sign-in")).ToBeHiddenAsync();
        await page.IsLiveAsync();
    }

    [Theory]
    [InlineData(1280, 900, ColorScheme.Light)]
    [InlineData(390, 844, ColorScheme.Dark)]
    public async Task Axe_finds_nothing_in_the_form_and_it_fits(int width, int height, ColorScheme scheme)
    {
        var page = await Browser.OpenAsync(
            system.Demo.PageAddress, PageClient.Sized(width, height), new() { ColorScheme = scheme });
        await Expect(page.GetByTestId("sign-in")).ToBeVisibleAsync();
        await page.AssertAccessibleAsync();

        await page.GetByTestId("sign-in-submit").ClickAsync();
        await Expect(page.GetByTestId("sign-in-key")).ToHaveAttributeAsync("aria-invalid", "true");
        await page.AssertAccessibleAsync();
        Assert.True(await page.EvaluateAsync<bool>("document.documentElement.scrollWidth <= innerWidth"));
    }
}

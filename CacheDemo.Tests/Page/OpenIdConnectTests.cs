using System.Net;
using CacheDemo.Tests.Support;
using static Microsoft.Playwright.Assertions;

namespace CacheDemo.Tests.Page;

/// <summary>A page's host with sign-in at an OpenID Connect provider.</summary>
public class OpenIdConnectTests(Chromium chromium) : BrowserTests(chromium), IAsyncLifetime
{
    private EchoApi _api = null!;
    private FakeProvider _provider = null!;
    private Service _page = null!;

    public async ValueTask InitializeAsync()
    {
        _api = await EchoApi.StartAsync();
        _provider = await FakeProvider.StartAsync();
        _page = await StartPageAsync(_provider.Authority);
    }

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        await _page.DisposeAsync();
        await _provider.DisposeAsync();
        await _api.DisposeAsync();
    }

    private Task<Service> StartPageAsync(string authority) =>
        Service.StartPageAsync(
            _api.Address,
            ("SignIn__Authority", authority),
            ("SignIn__ClientId", "page"),
            ("SignIn__ClientSecret", "the-secret"));

    [Fact]
    public async Task A_client_that_is_not_signed_in_gets_a_401_and_is_redirected_to_the_provider_on_request()
    {
        using var client = HttpFrom.Bare(_page.Client.BaseAddress!);
        Assert.Equal(HttpStatusCode.Unauthorized, (await client.GetAnswerAsync("/api/stats")).Status);
        Assert.Equal(HttpStatusCode.Unauthorized, (await client.GetAnswerAsync("/api/nowhere")).Status);

        var led = await client.GetAnswerAsync("/sign-in");
        Assert.Equal(HttpStatusCode.Redirect, led.Status);
        var to = led.Response.Headers.Location!;
        Assert.StartsWith($"{_provider.Authority}/authorize?", to.ToString());
        foreach (
            var part in new[]
            {
                "client_id=page",
                "response_type=code",
                "code_challenge_method=S256",
                "scope=openid",
                "nonce=",
                "state=",
            })
            Assert.Contains(part, to.Query);
        Assert.DoesNotContain("the-secret", to.ToString());
    }

    [Fact]
    public async Task The_provider_redirects_back_and_the_client_is_signed_in()
    {
        // This client follows redirects, and keeps cookies.
        var back = await _page.Client.GetAnswerAsync("/sign-in");
        Assert.Equal((HttpStatusCode.OK, "text/html"), (back.Status, back.MediaType));
        Assert.Equal("/", back.Response.RequestMessage!.RequestUri!.PathAndQuery);
        Assert.Equal("/stats", (await _page.Client.GetAnswerAsync("/api/stats"))["target"].GetString());

        await _page.Client.SendRawAsync(HttpMethod.Post, "/sign-out");
        Assert.Equal(HttpStatusCode.Unauthorized, (await _page.Client.GetAnswerAsync("/api/stats")).Status);
    }

    [Fact]
    public async Task In_a_browser_a_link_signs_in_also_with_SameSite_cookies()
    {
        var page = await Browser.OpenAsync(_page.Client.BaseAddress!);
        await Expect(page.GetByTestId("sign-in-key")).ToBeHiddenAsync();
        await page.GetByTestId("sign-in-authority").ClickAsync();
        await Expect(page.GetByTestId("sign-out")).ToBeVisibleAsync();
        await Expect(page.GetByTestId("set-key")).ToBeVisibleAsync();
    }

    [Theory]
    [InlineData("/signin-oidc")]
    [InlineData("/signin-oidc?code=made-up&state=made-up")]
    [InlineData("/signin-oidc?error=access_denied")]
    public async Task A_callback_that_is_not_from_the_provider_signs_nobody_in(string path)
    {
        using var client = HttpFrom.Bare(_page.Client.BaseAddress!);
        var answer = await client.GetAnswerAsync(path);
        Assert.Equal(
            (HttpStatusCode.Redirect, "/?sign-in=failed"),
            (answer.Status, answer.Response.Headers.Location?.ToString()));
        Assert.DoesNotContain(
            answer.Response.Headers,
            header =>
                header.Key == "Set-Cookie"
                && header.Value.Any(cookie => cookie.StartsWith("cachedemo=", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task An_unavailable_provider_is_reported_on_the_page()
    {
        await using var page = await StartPageAsync($"http://127.0.0.1:{Ports.Free()}");
        using var client = HttpFrom.Bare(page.Client.BaseAddress!);
        var answer = await client.GetAnswerAsync("/sign-in");
        Assert.Equal(
            (HttpStatusCode.Redirect, "/?sign-in=failed"),
            (answer.Status, answer.Response.Headers.Location?.ToString()));

        var window = await Browser.OpenAsync(new Uri(page.Client.BaseAddress!, "/?sign-in=failed"));
        await Expect(window.GetByTestId("sign-in-error")).ToContainTextAsync("did not succeed");
    }
}

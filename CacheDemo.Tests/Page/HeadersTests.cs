using System.Net;
using CacheDemo.Tests.Support;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace CacheDemo.Tests.Page;

/// <summary>The headers that restrict the page in browsers.</summary>
[Collection<GarnetCollection>]
public class HeadersTests(OnGarnet system, Chromium chromium) : BrowserTests(chromium)
{
    [Theory]
    [InlineData("/")]
    [InlineData("/database.html")]
    [InlineData("/js/main.js")]
    [InlineData("/api/stats")]
    [InlineData("/api/get/nobody")]
    [InlineData("/nowhere")]
    public async Task Every_response_has_a_strict_policy_and_the_usual_headers(string path)
    {
        var headers = (await system.Demo.Page.GetAnswerAsync(path)).Response.Headers;

        var policy = Assert.Single(headers.GetValues("Content-Security-Policy"));
        foreach (var directive in new[]
        {
            "default-src 'none'", "script-src 'self'", "style-src 'self'", "connect-src 'self'", "img-src 'self'",
            "base-uri 'none'", "form-action 'none'", "frame-ancestors 'none'",
        })
            Assert.Contains(directive, policy.Split("; "));
        Assert.DoesNotContain("unsafe", policy);

        Assert.Equal("nosniff", Assert.Single(headers.GetValues("X-Content-Type-Options")));
        Assert.Equal("DENY", Assert.Single(headers.GetValues("X-Frame-Options")));
        Assert.Equal("no-referrer", Assert.Single(headers.GetValues("Referrer-Policy")));
        Assert.Equal("same-origin", Assert.Single(headers.GetValues("Cross-Origin-Opener-Policy")));
        Assert.False(headers.Contains("Server"));
        Assert.False(headers.Contains("Strict-Transport-Security"), "plain http says nothing of https");
    }

    [Fact]
    public async Task Behind_a_load_balancer_that_terminates_TLS_responses_have_HSTS()
    {
        await using var page = await Service.StartPageAsync(
            new("http://127.0.0.1:1"),
            ("ASPNETCORE_FORWARDEDHEADERS_ENABLED", "true"));
        using var request = new HttpRequestMessage(HttpMethod.Get, "/") { Headers = { Host = "demo.example" } };
        request.Headers.Add("X-Forwarded-Proto", "https");
        var response = await page.Client.SendAsync(request, TestContext.Current.CancellationToken);

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal("max-age=31536000", Assert.Single(response.Headers.GetValues("Strict-Transport-Security")));
    }

    [Fact]
    public async Task The_whole_page_works_within_the_policy()
    {
        var page = await Browser.OpenAsync(
            system.Demo.PageAddress, firstScript: PageClient.RecordViolations);
        var errors = new List<string>();
        page.PageError += (_, error) => errors.Add(error);

        await page.GetByTestId("set-key").FillAsync("policy");
        await page.GetByTestId("set-value").FillAsync("<b>x</b>");
        await page.GetByTestId("set-ttl").FillAsync("4");
        await page.GetByTestId("set-submit").ClickAsync();
        await Expect(page.GetByTestId("response-status")).ToContainTextAsync("200");
        await page.GetByTestId("get-submit").ClickAsync();
        await Expect(page.GetByTestId("response-badge")).ToHaveTextAsync("hit");
        var row = page.GetByTestId("key-row").And(page.Locator("[data-key=policy]"));
        await Expect(row).ToHaveCountAsync(1);
        await Expect(page.GetByTestId("activity-list")).ToContainTextAsync("policy");
        await page.GetByTestId("numbers-reset").ClickAsync();
        await Expect(row).ToHaveCountAsync(0, new() { Timeout = 20_000 });

        Assert.Empty(errors);
        Assert.Equal("[]", await ViolationsAsync());

        // A violation of the policy is detected here, or the above would prove nothing.
        await page.EvaluateAsync("document.body.setAttribute('style', 'color: red')");
        await Eventually.TrueAsync(
            async () => (await ViolationsAsync()).Contains("style-src-attr", StringComparison.Ordinal),
            "an inline style is a violation");

        Task<string> ViolationsAsync() => page.EvaluateAsync<string>("JSON.stringify(violations)");
    }
}

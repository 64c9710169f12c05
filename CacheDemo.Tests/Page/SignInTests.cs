using System.Net;
using System.Net.Http.Headers;
using CacheDemo.Tests.Fuzz;
using CacheDemo.Tests.Support;

namespace CacheDemo.Tests.Page;

/// <summary>A page's host that requires sign-in with the shared key.</summary>
public class SignInTests : IAsyncLifetime
{
    private const string Key = "open-sesame-open-sesame";

    private EchoApi _api = null!;
    private Service _page = null!;

    private Uri Address => _page.Client.BaseAddress!;

    public async ValueTask InitializeAsync()
    {
        _api = await EchoApi.StartAsync();
        _page = await StartPageAsync();
    }

    public async ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        await _page.DisposeAsync();
        await _api.DisposeAsync();
    }

    private Task<Service> StartPageAsync(string key = Key, params (string, string)[] options) =>
        Service.StartPageAsync(
            _api.Address,
            [("SignIn__ApiKey", key), ("SignIn__WrongKeysPerMinute", "5"), .. options]);

    [Fact]
    public async Task Without_the_key_every_route_of_the_API_is_the_same_401()
    {
        foreach (
            var (method, path) in new[]
            {
                ("GET", "/api/stats"),
                ("GET", "/api/get/a"),
                ("GET", "/api/events"),
                ("GET", "/api/health"),
                ("POST", "/api/set"),
                ("DELETE", "/api/delete/a"),
                ("PUT", "/api/set"),
                ("GET", "/api/nowhere"),
                ("POST", "/api/keys/flush"),
                ("GET", "/api"),
            })
        {
            var answer = await _page.Client.SendRawAsync(new HttpMethod(method), path);
            Assert.Equal((HttpStatusCode.Unauthorized, "application/problem+json"), (answer.Status, answer.MediaType));
            Assert.Equal("Bearer", answer.Response.Headers.WwwAuthenticate.Single().Scheme);
            Assert.Empty(answer.Response.Content.Headers.Allow);
        }
    }

    [Theory]
    [InlineData("/")]
    [InlineData("/js/main.js")]
    [InlineData("/settings.json")]
    [InlineData("/health")]
    [InlineData("/alive")]
    public async Task The_page_itself_is_open(string path) =>
        Assert.Equal(HttpStatusCode.OK, (await _page.Client.GetAnswerAsync(path)).Status);

    [Fact]
    public async Task A_client_can_send_the_key_with_each_request()
    {
        using var header = HttpFrom.Bare(Address);
        header.DefaultRequestHeaders.Add("X-Api-Key", Key);
        Assert.Equal("/stats", (await header.GetAnswerAsync("/api/stats"))["target"].GetString());
        Assert.Equal(HttpStatusCode.NotFound, (await header.GetAnswerAsync("/api/nowhere")).Status);
        Assert.Equal(HttpStatusCode.MethodNotAllowed, (await header.SendRawAsync(HttpMethod.Put, "/api/set")).Status);

        using var bearer = HttpFrom.Bare(Address);
        bearer.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", Key);
        await using var viewer = await FeedViewer.OpenAsync(bearer);
        await viewer.SeesAsync(_ => true, "the first event");
    }

    [Theory]
    [InlineData("")]
    [InlineData("open-sesame-open-sesamf")]
    [InlineData("open-sesame")]
    [InlineData("OPEN-SESAME-OPEN-SESAME")]
    public async Task A_wrong_key_is_refused(string key)
    {
        using var client = HttpFrom.Bare(Address);
        client.DefaultRequestHeaders.TryAddWithoutValidation("X-Api-Key", key);
        Assert.Equal(HttpStatusCode.Unauthorized, (await client.GetAnswerAsync("/api/stats")).Status);
        Assert.Equal(HttpStatusCode.Unauthorized, (await client.PostAsync("/sign-in", new { key })).Status);
    }

    [Fact]
    public async Task A_key_longer_than_the_maximum_is_413()
    {
        var answer = await _page.Client.PostAsync("/sign-in", new { key = new string('x', 100_000) });
        Assert.Equal(
            (HttpStatusCode.RequestEntityTooLarge, "application/problem+json"),
            (answer.Status, answer.MediaType));
    }

    [Fact]
    public async Task A_body_whose_chunk_is_longer_than_the_server_counts_is_a_bad_request()
    {
        const string post =
            "POST /sign-in HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
            + "Transfer-Encoding: chunked\r\n\r\n5\r\n{\"key\r\nffffffffffffffff\r\n";
        var request = new RawRequest(Target.LockedPage, post, Whole: true);
        Assert.Equal(400, await RawClient.SendAsync(Address.Port, request, TimeSpan.FromSeconds(10)));
    }

    [Fact]
    public async Task A_browser_signs_in_with_an_HttpOnly_SameSite_cookie_and_signs_out_again()
    {
        var signedIn = await _page.Client.PostAsync("/sign-in", new { key = Key });
        Assert.Equal(HttpStatusCode.NoContent, signedIn.Status);
        var cookie = Assert.Single(signedIn.Response.Headers.GetValues("Set-Cookie"));
        Assert.Contains("httponly", cookie, StringComparison.OrdinalIgnoreCase);
        Assert.Contains("samesite=strict", cookie, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("secure", cookie, StringComparison.OrdinalIgnoreCase);

        Assert.Equal(HttpStatusCode.OK, (await _page.Client.GetAnswerAsync("/api/stats")).Status);
        using var other = HttpFrom.Bare(Address);
        Assert.Equal(HttpStatusCode.Unauthorized, (await other.GetAnswerAsync("/api/stats")).Status);

        Assert.Equal(HttpStatusCode.NoContent, (await _page.Client.SendRawAsync(HttpMethod.Post, "/sign-out")).Status);
        Assert.Equal(HttpStatusCode.Unauthorized, (await _page.Client.GetAnswerAsync("/api/stats")).Status);
    }

    [Fact]
    public async Task Over_https_the_cookie_is_Secure()
    {
        await using var page = await StartPageAsync(Key, ("ASPNETCORE_FORWARDEDHEADERS_ENABLED", "true"));
        page.Client.DefaultRequestHeaders.Add("X-Forwarded-Proto", "https");
        var signedIn = await page.Client.PostAsync("/sign-in", new { key = Key });
        Assert.Contains(
            "secure",
            Assert.Single(signedIn.Response.Headers.GetValues("Set-Cookie")),
            StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public async Task A_page_of_another_site_cannot_use_the_cookie()
    {
        await _page.Client.PostAsync("/sign-in", new { key = Key });
        foreach (var path in new[] { "/api/stats/reset", "/sign-in", "/sign-out" })
        {
            using var forged = new HttpRequestMessage(HttpMethod.Post, path);
            forged.Headers.Add("Sec-Fetch-Site", "cross-site");
            Assert.Equal(
                HttpStatusCode.Forbidden,
                (await _page.Client.SendAsync(forged, TestContext.Current.CancellationToken)).StatusCode);
        }

        Assert.Equal(HttpStatusCode.OK, (await _page.Client.GetAnswerAsync("/api/stats")).Status);
    }

    [Fact]
    public async Task A_cookie_survives_a_restart_with_a_key_ring_but_not_a_change_of_the_key()
    {
        var folder = Directory.CreateTempSubdirectory();
        try
        {
            (string, string)[] options = [("SignIn__KeyRing", folder.FullName)];
            string cookie;
            await using (var page = await StartPageAsync(Key, options))
                cookie = (await page.Client.PostAsync("/sign-in", new { key = Key }))
                    .Response.Headers.GetValues("Set-Cookie")
                    .Single()
                    .Split(';')[0];

            foreach (
                var (key, status) in new[]
                {
                    (Key, HttpStatusCode.OK),
                    ("another-key-another-key", HttpStatusCode.Unauthorized),
                })
            {
                await using var page = await StartPageAsync(key, options);
                using var browser = HttpFrom.Bare(page.Client.BaseAddress!);
                browser.DefaultRequestHeaders.Add("Cookie", cookie);
                Assert.Equal(status, (await browser.GetAnswerAsync("/api/stats")).Status);
            }
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    [Fact]
    public async Task A_client_that_guesses_is_rate_limited_even_with_the_right_key_and_no_other_client_is()
    {
        using var guesser = HttpFrom.Address("127.0.0.2", Address);
        for (var i = 0; i < 5; i++)
            Assert.Equal(
                HttpStatusCode.Unauthorized,
                (await guesser.PostAsync("/sign-in", new { key = $"guess {i}" })).Status);

        var refused = await guesser.PostAsync("/sign-in", new { key = Key });
        Assert.Equal((HttpStatusCode.TooManyRequests, "application/problem+json"), (refused.Status, refused.MediaType));
        Assert.InRange(refused.Response.Headers.RetryAfter!.Delta!.Value.TotalSeconds, 1, 60);
        guesser.DefaultRequestHeaders.Add("X-Api-Key", Key);
        Assert.Equal(HttpStatusCode.TooManyRequests, (await guesser.GetAnswerAsync("/api/stats")).Status);
        Assert.Equal(HttpStatusCode.TooManyRequests, (await guesser.GetAnswerAsync("/api/nowhere")).Status);

        Assert.Equal(HttpStatusCode.NoContent, (await _page.Client.PostAsync("/sign-in", new { key = Key })).Status);
    }

    [Theory]
    [InlineData("SignIn__ApiKey", "with spaces in it", "SignIn:ApiKey")]
    [InlineData("SignIn__Authority", "http://elsewhere.example", "SignIn:Authority")]
    [InlineData("SignIn__Authority", "https://elsewhere.example", "SignIn:ClientId")]
    [InlineData("RateLimit__Burst", "0", "Burst")]
    [InlineData("ForwardedHeaders__TrustedNetworks", "10.0.0.1/99", "ForwardedHeaders:TrustedNetworks")]
    public async Task An_invalid_setting_is_one_clear_line(string name, string value, string says)
    {
        var (exitCode, output) = await ProgramInside.FailToStartAsync("CacheDemo.Frontend", (name, value));
        Assert.Equal(1, exitCode);
        Assert.Contains(says, Assert.Single(output.Trim().Split('\n')));
        Assert.DoesNotContain(" at ", output);
    }
}

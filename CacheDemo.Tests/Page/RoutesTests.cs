using System.Net;
using CacheDemo.Tests.Support;

namespace CacheDemo.Tests.Page;

/// <summary>What the page's host forwards to the API: the documented routes, and nothing else.</summary>
public class RoutesTests(PageOnEcho page) : IClassFixture<PageOnEcho>
{
    [Fact]
    public async Task The_documented_routes_reach_the_API()
    {
        foreach (
            var (method, route) in new[]
            {
                ("POST", "/set"),
                ("GET", "/get/a"),
                ("GET", "/get/a/b"),
                ("GET", "/get?key=.."),
                ("GET", "/get/../a%2Fb"),
                ("GET", "/get/%252F?x=y"),
                ("GET", "/ttl/a"),
                ("GET", "/ttl?key=a"),
                ("POST", "/expire"),
                ("DELETE", "/delete/a"),
                ("DELETE", "/delete?key=a"),
                ("GET", "/keys"),
                ("GET", "/keys?match=a*&cursor=0-1"),
                ("GET", "/stats"),
                ("POST", "/stats/reset"),
                ("GET", "/products?count=2"),
                ("GET", "/products/1"),
                ("PUT", "/products/1"),
                ("GET", "/products/1/copies"),
                ("POST", "/lab/stampede"),
                ("POST", "/lab/load"),
                ("POST", "/lab/expiry"),
                ("POST", "/lab/expire"),
                ("PUT", "/lab/conditions"),
                ("GET", "/health"),
                ("GET", "/alive"),
            })
        {
            var answer = await page.Client.SendRawAsync(new HttpMethod(method), $"/api{route}");
            Assert.True(answer.Status == HttpStatusCode.OK, $"{method} {route}: {answer.Status}");
            Assert.Equal((method, route), (answer["method"].GetString(), answer["target"].GetString()));
        }

        await using var viewer = await FeedViewer.OpenAsync(page.Client);
        Assert.Equal("text/event-stream", viewer.MediaType);
    }

    [Theory]
    [InlineData("POST", "/api/keys/flush")]
    [InlineData("GET", "/api/keys/flush")]
    [InlineData("GET", "/api/openapi/v1.json")]
    [InlineData("GET", "/api/scalar")]
    [InlineData("GET", "/api/scalar/")]
    [InlineData("GET", "/api/nowhere")]
    [InlineData("POST", "/api/set/../keys/flush")]
    [InlineData("POST", "/api/stats/reset/../../keys/flush")]
    [InlineData("POST", "/api/%73et")]
    [InlineData("POST", "/api//set")]
    [InlineData("GET", "/api")]
    [InlineData("GET", "/api/")]
    [InlineData("POST", "/api/")]
    [InlineData("GET", "/stats")]
    [InlineData("POST", "/nowhere")]
    public async Task Anything_else_is_a_404_with_problem_details(string method, string path)
    {
        var answer = await page.Client.SendRawAsync(new HttpMethod(method), path);
        Assert.Equal((HttpStatusCode.NotFound, "application/problem+json"), (answer.Status, answer.MediaType));
        Assert.Equal(404, answer["status"].GetInt32());
    }

    [Theory]
    [InlineData("GET", "/api/set", "POST")]
    [InlineData("PUT", "/api/set", "POST")]
    [InlineData("POST", "/api/get/a", "GET")]
    [InlineData("HEAD", "/api/get/a", "GET")]
    [InlineData("DELETE", "/api/get/a", "GET")]
    [InlineData("GET", "/api/delete/a", "DELETE")]
    [InlineData("POST", "/api/keys", "GET")]
    [InlineData("DELETE", "/api/stats", "GET")]
    [InlineData("GET", "/api/stats/reset", "POST")]
    [InlineData("POST", "/api/events", "GET")]
    [InlineData("POST", "/api/health", "GET")]
    public async Task A_wrong_method_is_a_405_that_allows_the_right_one(string method, string path, string right)
    {
        var answer = await page.Client.SendRawAsync(new HttpMethod(method), path);
        Assert.Equal(HttpStatusCode.MethodNotAllowed, answer.Status);
        Assert.Equal([right], answer.Response.Content.Headers.Allow);
        if (method != "HEAD")
            Assert.Equal("application/problem+json", answer.MediaType);
    }

    [Fact]
    public async Task Credentials_of_a_client_are_not_forwarded_to_the_API()
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/api/keys");
        foreach (var name in new[] { "Cookie", "Authorization", "X-Api-Key", "X-Mine" })
            request.Headers.TryAddWithoutValidation(name, "secret=1");
        using var client = HttpFrom.Bare(page.Client.BaseAddress!);
        var response = await client.SendAsync(request, TestContext.Current.CancellationToken);

        var seen = await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        Assert.Contains("X-Mine", seen);
        Assert.DoesNotContain("Cookie", seen);
        Assert.DoesNotContain("Authorization", seen);
        Assert.DoesNotContain("X-Api-Key", seen);
    }

    [Theory]
    [InlineData("Sec-Fetch-Site", "cross-site", false)]
    [InlineData("Sec-Fetch-Site", "same-site", false)]
    [InlineData("Sec-Fetch-Site", "same-origin", true)]
    [InlineData("Sec-Fetch-Site", "none", true)]
    [InlineData("Origin", "https://elsewhere.example", false)]
    [InlineData("Origin", "null", false)]
    [InlineData("Origin", "", true)]
    public async Task A_page_of_another_site_changes_nothing(string header, string value, bool allowed)
    {
        using var client = HttpFrom.Bare(page.Client.BaseAddress!);
        foreach (
            var (method, path) in new[]
            {
                ("POST", "/api/stats/reset"),
                ("DELETE", "/api/delete/a"),
                ("POST", "/api/set"),
            })
        {
            using var request = new HttpRequestMessage(new HttpMethod(method), path);
            request.Headers.Add(header, value == "" ? client.BaseAddress!.GetLeftPart(UriPartial.Authority) : value);
            var response = await client.SendAsync(request, TestContext.Current.CancellationToken);
            Assert.Equal(allowed ? HttpStatusCode.OK : HttpStatusCode.Forbidden, response.StatusCode);
        }
    }
}

using System.Net;
using System.Text;
using CacheDemo.Tests.Support;
using StackExchange.Redis;
using static CacheDemo.Tests.Support.CacheClient;

namespace CacheDemo.Tests.Requests;

/// <summary>
/// What clients and proxies send that the framework would fail on, or misinterpret.
/// </summary>
[Collection<RedisCollection>]
public class RequestTests(OnRedis system)
{
    private const string Body = """{"key":"request","value":"x"}""";

    private Demo Demo => system.Demo;

    [Theory]
    [InlineData("application/json; charset=\"utf-8\"", HttpStatusCode.OK)]
    [InlineData("application/json;charset=UTF-8", HttpStatusCode.OK)]
    [InlineData("application/json; charset=utf-16", HttpStatusCode.UnsupportedMediaType)]
    [InlineData("application/json; charset=\"utf-7\"", HttpStatusCode.UnsupportedMediaType)]
    [InlineData("application/json; charset=nonsense", HttpStatusCode.UnsupportedMediaType)]
    public async Task A_charset_means_the_same_quoted_or_not_and_is_UTF8_or_refused(
        string contentType,
        HttpStatusCode expected
    ) => Assert.Equal(expected, (await PostAsync(Demo.Page, "/api/set", contentType)).StatusCode);

    [Fact]
    public async Task A_key_is_the_same_in_a_target_with_scheme_and_host()
    {
        var key = NewKey("50%/%2F");
        await Demo.SetAsync(key, "12345");
        foreach (var (client, root) in new[] { (Demo.Page, "/api"), (Demo.Api, "") })
        {
            // As clients send it to a proxy.
            using var handler = new HttpClientHandler { Proxy = new WebProxy(client.BaseAddress) };
            using var proxied = new HttpClient(handler) { BaseAddress = new Uri("http://cachedemo.example") };
            var answer = await proxied.GetAnswerAsync($"{root}/get/{Uri.EscapeDataString(key)}");
            Assert.Equal((HttpStatusCode.OK, key), (answer.Status, answer["key"].GetString()));
        }
    }

    [Theory]
    [InlineData("gzip")]
    [InlineData("br")]
    [InlineData("deflate, gzip")]
    public async Task A_compressed_body_is_refused_as_such(string coding)
    {
        using var answer = await PostAsync(
            Demo.Page,
            "/api/set",
            configure: request => request.Content!.Headers.Add("Content-Encoding", coding));
        Assert.Equal(HttpStatusCode.UnsupportedMediaType, answer.StatusCode);
        Assert.Contains(
            "send it without Content-Encoding",
            await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
    }

    [Theory]
    [InlineData("GET", "/api/get/x")]
    [InlineData("POST", "/api/set")]
    [InlineData("GET", "/")]
    public async Task An_invalid_host_is_a_bad_request(string method, string path)
    {
        using var request = new HttpRequestMessage(new HttpMethod(method), path)
        {
            Headers = { { "Origin", "http://x" } },
        };
        request.Headers.Host = "xn--999999999";
        using var answer = await Demo.Page.SendAsync(request, TestContext.Current.CancellationToken);
        Assert.Equal(
            (HttpStatusCode.BadRequest, "application/problem+json"),
            (answer.StatusCode, answer.Content.Headers.ContentType?.MediaType));
    }

    [Theory]
    [InlineData("text/plain")]
    [InlineData("image/png;q=1, text/html;q=0.5")]
    public async Task An_error_is_a_problem_document_whatever_media_type_the_client_accepts(string accept)
    {
        foreach (
            var (client, path) in new[]
            {
                (Demo.Page, "/api/set"),
                (Demo.Api, "/set"),
                (Demo.Page, "/nowhere"),
                (Demo.Api, "/nowhere"),
            })
        {
            using var answer = await PostAsync(
                client,
                path,
                "text/plain",
                request => request.Headers.Add("Accept", accept));
            Assert.Equal("application/problem+json", answer.Content.Headers.ContentType?.MediaType);
        }
    }

    [Theory]
    [InlineData("page.example:80", "http://page.example", HttpStatusCode.OK)]
    [InlineData("page.example", "https://page.example", HttpStatusCode.OK)]
    [InlineData("PAGE.example", "http://page.example", HttpStatusCode.OK)]
    [InlineData("xn--bcher-kva.example", "http://xn--bcher-kva.example:80", HttpStatusCode.OK)]
    [InlineData("page.example:8080", "http://page.example", HttpStatusCode.Forbidden)]
    [InlineData("page.example", "http://page.example.org", HttpStatusCode.Forbidden)]
    [InlineData("page.example", "null", HttpStatusCode.Forbidden)]
    public async Task An_origin_is_compared_with_the_host_as_host_and_port(
        string host,
        string origin,
        HttpStatusCode expected)
    {
        using var answer = await PostAsync(Demo.Page, "/api/set", configure: request =>
        {
            request.Headers.Host = host;
            request.Headers.Add("Origin", origin);
        });
        Assert.Equal(expected, answer.StatusCode);
    }

    [Fact]
    public async Task A_value_that_is_not_text_is_a_conflict_that_says_so()
    {
        using var redis = await system.Server.ConnectAsync();
        var key = NewKey();
        await redis.GetDatabase().StringSetAsync($"cachedemo:{key}", new byte[] { 0xff, 0xfe });

        var answer = await Demo.Page.GetAnswerAsync($"/api/get/{key}");
        Assert.Equal(HttpStatusCode.Conflict, answer.Status);
        Assert.Contains("not UTF-8", answer["detail"].GetString());
    }

    [Theory]
    [InlineData("2147483648")]
    [InlineData("99999999999999999999")]
    [InlineData("1.5")]
    [InlineData("\"60\"")]
    public async Task A_ttl_that_is_not_a_number_of_seconds_is_an_error_with_the_range(string ttl)
    {
        var answer = await Demo.Page.PostTextAsync("/api/set", $$"""{"key":"request","value":"x","ttl":{{ttl}}}""");
        Assert.Equal(HttpStatusCode.BadRequest, answer.Status);
        Assert.Contains("from 1 to 2592000", answer["errors"].GetProperty("ttl")[0].GetString());
    }

    private static async Task<HttpResponseMessage> PostAsync(
        HttpClient client,
        string path,
        string contentType = "application/json",
        Action<HttpRequestMessage>? configure = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, path)
        {
            Content = new ByteArrayContent(Encoding.UTF8.GetBytes(Body)),
        };
        request.Content.Headers.TryAddWithoutValidation("Content-Type", contentType);
        configure?.Invoke(request);
        return await client.SendAsync(request, TestContext.Current.CancellationToken);
    }
}

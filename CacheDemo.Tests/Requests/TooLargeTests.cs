using System.Net;
using System.Net.Http.Headers;
using System.Text;
using CacheDemo.Tests.Support;

namespace CacheDemo.Tests.Requests;

/// <summary>The API and the page's host in front of it, with small limits.</summary>
public sealed class SmallServices : IAsyncLifetime
{
    /// <summary>The limit of a body at the API: any byte of key or value may be a six-byte escape.</summary>
    public const int ApiBody = (6 * (512 + MaxValue)) + 4096;

    /// <summary>The limit of a value.</summary>
    public const int MaxValue = 100;

    /// <summary>The limit of a body at a page's host that allows less.</summary>
    public const int PageBody = 1000;

    private readonly GarnetEngine _engine = new();

    public Service Api { get; private set; } = null!;

    public Service Page { get; private set; } = null!;

    public Service SmallerPage { get; private set; } = null!;

    public async ValueTask InitializeAsync()
    {
        await _engine.StartAsync();
        Api = await Service.StartApiAsync(
            _engine.ConnectionString, ("Cache__MaxValueBytes", $"{MaxValue}"));
        Page = await Service.StartPageAsync(Api.Client.BaseAddress!);
        SmallerPage = await Service.StartPageAsync(
            Api.Client.BaseAddress!,
            ("Kestrel__Limits__MaxRequestBodySize", $"{PageBody}"), ("SignIn__ApiKey", "a-key-that-nobody-guesses"));
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var process in new IAsyncDisposable?[] { SmallerPage, Page, Api, _engine })
        {
            if (process is not null)
                await process.DisposeAsync();
        }
    }
}

/// <summary>What is too large is a 413 with the limit.</summary>
public class TooLargeTests(SmallServices services) : IClassFixture<SmallServices>
{
    [Fact]
    public async Task A_value_that_is_too_large_is_an_error_with_the_limit()
    {
        foreach (var (client, path) in new[] { (services.Api.Client, "/set"), (services.Page.Client, "/api/set") })
        {
            var value = new string('x', SmallServices.MaxValue + 1);
            var answer = await client.PostAsync(path, new { key = "k", value });
            AssertTooLarge(answer, SmallServices.MaxValue);
            Assert.Equal(answer["detail"].GetString(), answer["errors"].GetProperty("value")[0].GetString());
        }
    }

    [Theory]
    [InlineData("/set", true)]
    [InlineData("/set", false)]
    [InlineData("/expire", true)]
    [InlineData("/expire", false)]
    public async Task A_body_that_is_too_large_is_an_error_with_the_limit_of_the_API(string route, bool chunked)
    {
        foreach (var (client, path) in new[] { (services.Api.Client, route), (services.Page.Client, $"/api{route}") })
            AssertTooLarge(await PostAsync(client, path, SmallServices.ApiBody + 1, chunked), SmallServices.ApiBody);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_body_much_too_large_that_a_client_sends_at_once_is_an_error_with_the_limit_of_the_API(
        bool chunked)
    {
        for (var i = 0; i < 10; i++)
        {
            var answer = await PostAsync(services.Page.Client, "/api/set", 20_000_000, chunked, asking: false);
            AssertTooLarge(answer, SmallServices.ApiBody);
        }
    }

    [Theory]
    [InlineData("/api/set", true, SmallServices.PageBody)]
    [InlineData("/api/set", false, SmallServices.PageBody)]
    [InlineData("/sign-in", true, 4096)]
    [InlineData("/sign-in", false, 4096)]
    public async Task A_body_that_is_too_large_is_an_error_with_the_limit_of_the_pages_host(
        string path, bool chunked, int limit) =>
        AssertTooLarge(await PostAsync(services.SmallerPage.Client, path, limit + 1, chunked), limit);

    [Fact]
    public async Task Viewers_receive_the_limits()
    {
        await using var viewer = await FeedViewer.OpenAsync(services.Api.Client, "/events");
        var limits = (await viewer.SeesAsync(e => e.Name == "limits", "the limits"))[0];
        Assert.Equal(SmallServices.MaxValue, limits["maxValueBytes"].GetInt32());
    }

    private static async Task<Http.Answer> PostAsync(
        HttpClient client, string path, int bytes, bool chunked, bool asking = true)
    {
        using var content = new ByteArrayContent(Encoding.UTF8.GetBytes(new string(' ', bytes)));
        content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        using var request = new HttpRequestMessage(HttpMethod.Post, path) { Content = content };
        // Expect: 100-continue, or the connection may be closed before the response is read.
        request.Headers.ExpectContinue = asking;
        request.Headers.TransferEncodingChunked = chunked;
        request.Headers.Add("X-Api-Key", "a-key-that-nobody-guesses");
        using var response = await client.SendAsync(request, TestContext.Current.CancellationToken);
        return new(
            response.StatusCode, await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken),
            response.Content.Headers.ContentType?.MediaType, response);
    }

    private static void AssertTooLarge(Http.Answer answer, int limit)
    {
        Assert.Equal(
            (HttpStatusCode.RequestEntityTooLarge, "application/problem+json"), (answer.Status, answer.MediaType));
        Assert.Contains($" {limit} ", answer["detail"].GetString());
    }
}

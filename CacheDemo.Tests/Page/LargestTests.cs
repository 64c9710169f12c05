using System.Net;
using CacheDemo.Tests.Support;

namespace CacheDemo.Tests.Page;

/// <summary>What can be set can be read, through the page too, which has none of the API's limits.</summary>
[Collection<QuietCollection>]
public sealed class LargestTests : IAsyncLifetime
{
    private const int MaxKeyBytes = 4096, MaxValueBytes = 8 * 1024 * 1024;

    private readonly RedisServer _redis = RedisServer.Create();
    private Service _api = null!, _page = null!;

    public async ValueTask InitializeAsync()
    {
        await _redis.StartAsync();
        _api = await Service.StartApiAsync(
            _redis.Endpoint,
            ("Cache__MaxKeyBytes", $"{MaxKeyBytes}"),
            ("Cache__MaxValueBytes", $"{MaxValueBytes}"));
        _page = await Service.StartPageAsync(_api.Client.BaseAddress!);
    }

    public async ValueTask DisposeAsync()
    {
        await _page.DisposeAsync();
        await _api.DisposeAsync();
        await _redis.DisposeAsync();
    }

    [Theory]
    [InlineData("日", 3)]
    [InlineData("*", 1)]
    [InlineData("🔑", 4)]
    public async Task The_longest_key_is_set_read_listed_extended_and_deleted(string character, int bytes)
    {
        var key = string.Concat(Enumerable.Repeat(character, MaxKeyBytes / bytes));
        var inUrl = Encode(key);
        var asGlob = Encode(key.Replace("*", "\\*"));
        foreach (var (client, api) in new[] { (_api.Client, ""), (_page.Client, "/api") })
        {
            Assert.Equal(HttpStatusCode.OK, (await client.PostAsync($"{api}/set", new { key, value = "x" })).Status);
            foreach (
                var path in new[]
                {
                    $"/get/{inUrl}",
                    $"/get?key={inUrl}",
                    $"/ttl/{inUrl}",
                    $"/keys?match={asGlob}&count=1000",
                })
                Assert.Equal(
                    (path.Split('/', '?')[1], HttpStatusCode.OK),
                    (path.Split('/', '?')[1], (await client.GetAnswerAsync(api + path)).Status));
            Assert.Single((await client.GetAnswerAsync($"{api}/keys?match={asGlob}"))["keys"].EnumerateArray());
            await using (var viewer = await FeedViewer.OpenAsync(client, $"{api}/events?count=50&match={asGlob}"))
                Assert.Equal("text/event-stream", viewer.MediaType);
            Assert.Equal(HttpStatusCode.OK, (await client.PostAsync($"{api}/expire", new { key, ttl = 100 })).Status);
            Assert.Equal(
                HttpStatusCode.NoContent,
                (await client.SendRawAsync(HttpMethod.Delete, $"{api}/delete/{inUrl}")).Status);
        }
    }

    [Theory]
    [InlineData('x', 6_400_000)]
    [InlineData('x', MaxValueBytes)]
    [InlineData('\u0001', 2_000_000)]
    public async Task A_large_value_is_set_and_read_through_the_page(char character, int bytes)
    {
        var value = new string(character, bytes);
        Assert.Equal(
            HttpStatusCode.OK,
            (await _page.Client.PostAsync("/api/set", new { key = "large", value })).Status);
        var read = await _page.Client.GetAnswerAsync("/api/get/large");
        Assert.Equal(HttpStatusCode.OK, read.Status);
        Assert.Equal(value, read["value"].GetString());
    }

    [Fact]
    public async Task A_value_or_key_that_is_longer_is_refused_by_the_API()
    {
        var value = await _page.Client.PostAsync(
            "/api/set",
            new { key = "large", value = new string('x', MaxValueBytes + 1) });
        Assert.Equal(
            (HttpStatusCode.RequestEntityTooLarge, "application/problem+json"),
            (value.Status, value.MediaType));
        var key = await _page.Client.GetAnswerAsync($"/api/get/{Encode(new string('日', 1366))}");
        Assert.Equal((HttpStatusCode.BadRequest, "application/problem+json"), (key.Status, key.MediaType));
    }

    // Of a string of this length, Uri.EscapeDataString makes the same.
    private static string Encode(string text) => WebUtility.UrlEncode(text).Replace("*", "%2A").Replace("+", "%20");
}

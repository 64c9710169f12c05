using System.Net;
using CacheDemo.Tests.Support;

namespace CacheDemo.Tests.Page;

/// <summary>No client uses up the capacity of all.</summary>
public class RateLimitTests : IAsyncLifetime
{
    private EchoApi _api = null!;

    public async ValueTask InitializeAsync() => _api = await EchoApi.StartAsync();

    public async ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        await _api.DisposeAsync();
    }

    private Task<Service> StartPageAsync(params (string, string)[] options) =>
        Service.StartPageAsync(
            _api.Address,
            [("RateLimit__RequestsPerSecond", "2"), ("RateLimit__Burst", "20"), .. options]);

    [Fact]
    public async Task Too_many_requests_are_a_429_with_Retry_After_that_affects_no_other_client()
    {
        await using var page = await StartPageAsync();
        var refused = await UntilRefusedAsync(page.Client, "/api/get/a");

        Assert.Equal("application/problem+json", refused.MediaType);
        Assert.Equal(429, refused["status"].GetInt32());
        Assert.InRange(refused.Response.Headers.RetryAfter!.Delta!.Value.TotalSeconds, 1, 60);
        await UntilRefusedAsync(page.Client, "/");
        Assert.Equal(HttpStatusCode.OK, (await page.Client.GetAnswerAsync("/health")).Status);

        using var other = HttpFrom.Address("127.0.0.2", page.Client.BaseAddress!);
        Assert.Equal(HttpStatusCode.OK, (await other.GetAnswerAsync("/api/get/a")).Status);
        await Eventually.TrueAsync(
            async () => (await page.Client.GetAnswerAsync("/api/get/a")).Status == HttpStatusCode.OK,
            "the client may again");
    }

    [Fact]
    public async Task A_client_cannot_spoof_an_address_unless_a_proxy_is_trusted()
    {
        static string MadeUp(int i) => $"198.51.100.{i}";

        await using (var page = await StartPageAsync())
            Assert.NotEqual(0, await RefusedAsync(page, MadeUp));

        await using (var page = await StartPageAsync(("ASPNETCORE_FORWARDEDHEADERS_ENABLED", "true")))
        {
            Assert.Equal(0, await RefusedAsync(page, MadeUp));
            // The last address is from the load balancer; those before it are from the client.
            Assert.NotEqual(0, await RefusedAsync(page, i => $"{MadeUp(i)}, 203.0.113.1"));
        }

        await using (
            var page = await StartPageAsync(
                ("ASPNETCORE_FORWARDEDHEADERS_ENABLED", "true"),
                ("ForwardedHeaders__TrustedNetworks", "10.0.0.0/8")))
            Assert.NotEqual(0, await RefusedAsync(page, MadeUp));
        await using (
            var page = await StartPageAsync(
                ("ASPNETCORE_FORWARDEDHEADERS_ENABLED", "true"),
                ("ForwardedHeaders__TrustedNetworks", "10.0.0.0/8, 127.0.0.0/8")))
            Assert.Equal(0, await RefusedAsync(page, MadeUp));
    }

    [Fact]
    public async Task IPv6_addresses_of_one_64_bit_prefix_are_one_client()
    {
        await using var page = await StartPageAsync(("ASPNETCORE_FORWARDEDHEADERS_ENABLED", "true"));
        Assert.NotEqual(0, await RefusedAsync(page, i => $"2001:db8:0:1:{i:x}::1"));
        Assert.Equal(0, await RefusedAsync(page, i => $"2001:db8:1:{i:x}::1"));
    }

    [Fact]
    public async Task A_client_has_a_maximum_number_of_open_streams()
    {
        await using var page = await StartPageAsync(("RateLimit__Streams", "2"));
        await using var first = await FeedViewer.OpenAsync(page.Client);
        await using (await FeedViewer.OpenAsync(page.Client))
        {
            var refused = await page.Client.GetAnswerAsync("/api/events");
            Assert.Equal(
                (HttpStatusCode.TooManyRequests, "application/problem+json"),
                (refused.Status, refused.MediaType));
            Assert.NotNull(refused.Response.Headers.RetryAfter);
        }

        await Eventually.TrueAsync(
            async () =>
            {
                using var again = await page.Client.GetAsync(
                    "/api/events",
                    HttpCompletionOption.ResponseHeadersRead,
                    TestContext.Current.CancellationToken);
                return again.StatusCode == HttpStatusCode.OK;
            },
            "a stream that was left makes room");
    }

    [Fact]
    public async Task The_limits_do_not_affect_a_person_and_can_be_turned_off()
    {
        await using (var page = await Service.StartPageAsync(_api.Address))
        {
            // Ten windows opened at once, and their requests in the first seconds.
            await Parallel.ForEachAsync(Enumerable.Range(0, 600), TestContext.Current.CancellationToken, async (_, _) =>
                Assert.Equal(HttpStatusCode.OK, (await page.Client.GetAnswerAsync("/api/stats")).Status));
        }

        await using (var page = await StartPageAsync(("RateLimit__Enabled", "false"), ("RateLimit__Streams", "1")))
        {
            for (var i = 0; i < 60; i++)
                Assert.Equal(HttpStatusCode.OK, (await page.Client.GetAnswerAsync("/api/stats")).Status);
        }
    }

    private static async Task<Http.Answer> UntilRefusedAsync(HttpClient client, string path)
    {
        for (var i = 0; i < 200; i++)
        {
            if (await client.GetAnswerAsync(path) is { Status: HttpStatusCode.TooManyRequests } refused)
                return refused;
        }

        throw new InvalidOperationException("200 requests, and none was refused");
    }

    // Many more than a burst, so that a slow machine's refill does not matter.
    private static async Task<int> RefusedAsync(Service page, Func<int, string> forwardedFor)
    {
        var refused = 0;
        for (var i = 0; i < 100; i++)
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, "/api/get/a");
            request.Headers.Add("X-Forwarded-For", forwardedFor(i));
            using var response = await page.Client.SendAsync(request, TestContext.Current.CancellationToken);
            if (response.StatusCode == HttpStatusCode.TooManyRequests)
                refused++;
        }

        return refused;
    }
}

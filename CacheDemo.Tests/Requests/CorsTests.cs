using System.Net;
using CacheDemo.Tests.Support;

namespace CacheDemo.Tests.Requests;

/// <summary>A page of another origin, as in the original demo, that calls the API.</summary>
public class CorsTests
{
    private const string Origin = "http://page.example";

    [Fact]
    public async Task An_allowed_origin_may_preflight_set_and_get_and_another_may_not()
    {
        await using var redis = RedisServer.Create();
        await redis.StartAsync();
        await using var api = await Service.StartApiAsync(
            redis.Endpoint,
            ("Cors__AllowedOrigins", $"{Origin}, http://localhost:3000")
        );

        using var preflight = await SendAsync(api.Client, HttpMethod.Options, "/set", Origin);
        Assert.Equal(HttpStatusCode.NoContent, preflight.StatusCode);
        Assert.Equal([Origin], preflight.Headers.GetValues("Access-Control-Allow-Origin"));
        Assert.Equal(["POST"], preflight.Headers.GetValues("Access-Control-Allow-Methods"));
        Assert.Equal(["content-type"], preflight.Headers.GetValues("Access-Control-Allow-Headers"));

        using var get = await SendAsync(api.Client, HttpMethod.Get, "/get/absent", Origin);
        Assert.Equal([Origin], get.Headers.GetValues("Access-Control-Allow-Origin"));

        using var other = await SendAsync(api.Client, HttpMethod.Get, "/get/absent", "http://other.example");
        Assert.False(other.Headers.Contains("Access-Control-Allow-Origin"));
    }

    [Fact]
    public async Task By_default_no_other_origin_is_allowed()
    {
        await using var redis = RedisServer.Create();
        await redis.StartAsync();
        await using var api = await Service.StartApiAsync(redis.Endpoint);
        using var preflight = await SendAsync(api.Client, HttpMethod.Options, "/set", Origin);
        Assert.False(preflight.Headers.Contains("Access-Control-Allow-Origin"));
    }

    private static async Task<HttpResponseMessage> SendAsync(
        HttpClient client,
        HttpMethod method,
        string path,
        string origin)
    {
        using var request = new HttpRequestMessage(method, path) { Headers = { { "Origin", origin } } };
        if (method == HttpMethod.Options)
        {
            request.Headers.Add("Access-Control-Request-Method", "POST");
            request.Headers.Add("Access-Control-Request-Headers", "content-type");
        }

        return await client.SendAsync(request, TestContext.Current.CancellationToken);
    }
}

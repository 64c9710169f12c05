using System.Collections.Concurrent;
using System.Net;

namespace CacheDemo.Tests.Support;

/// <summary>What a person does with the cache, through the page's host; each asserts the expected response.</summary>
internal static class CacheClient
{
    /// <summary>A key that no other test has, and that can be recognized wherever it appears.</summary>
    public static string NewKey(string prefix = "key") => $"{prefix}-{Guid.NewGuid():N}";

    public static async Task SetAsync(this Demo demo, string key, string value = "x", int ttl = 600) =>
        Assert.Equal(HttpStatusCode.OK, (await demo.Page.PostAsync("/api/set", new { key, value, ttl })).Status);

    public static async Task HitAsync(this Demo demo, string key) =>
        Assert.Equal(HttpStatusCode.OK, (await demo.Page.GetAnswerAsync(Path("get", key))).Status);

    public static async Task MissAsync(this Demo demo, string key) =>
        Assert.Equal(HttpStatusCode.NotFound, (await demo.Page.GetAnswerAsync(Path("get", key))).Status);

    public static async Task TouchAsync(this Demo demo, string key, int ttl) =>
        Assert.Equal(HttpStatusCode.OK, (await demo.Page.PostAsync("/api/expire", new { key, ttl })).Status);

    public static async Task DeleteAsync(this Demo demo, string key) =>
        Assert.Equal(
            HttpStatusCode.NoContent,
            (await demo.Page.SendRawAsync(HttpMethod.Delete, Path("delete", key))).Status);

    /// <summary>
    /// Waits until Redis no longer has the key; asking so is not a read, and leaves nothing in telemetry but the
    /// request.
    /// </summary>
    public static Task EndsAsync(this Demo demo, string key) =>
        Eventually.TrueAsync(
            async () => (await demo.Page.GetAnswerAsync(Path("ttl", key))).Status == HttpStatusCode.NotFound,
            $"{key} expires");

    /// <summary>Sets that many keys, through each of the APIs in turn, and returns them.</summary>
    public static async Task<HashSet<string>> SetManyAsync(int count, int ttl, params HttpClient[] apis)
    {
        var keys = new ConcurrentBag<string>();
        var run = NewKey("many");
        await Parallel.ForAsync(0, count, new ParallelOptions { MaxDegreeOfParallelism = 16 }, async (i, _) =>
        {
            // As a client does after a 503: it retries.
            var key = $"{run}:{i}";
            await Eventually.TrueAsync(
                async () => (await apis[i % apis.Length].PostAsync("/set", new { key, value = "x", ttl })).Status
                    == HttpStatusCode.OK,
                $"{key} is set");
            keys.Add(key);
        });
        return [.. keys];
    }

    private static string Path(string route, string key) => $"/api/{route}/{Uri.EscapeDataString(key)}";
}

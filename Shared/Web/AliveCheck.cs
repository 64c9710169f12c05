namespace CacheDemo;

/// <summary>
/// <c>dotnet &lt;service&gt;.dll --alive</c>: requests <c>/alive</c> from the service in this container and exits with
/// 0 or 1. A health check for images without a shell and curl.
/// </summary>
internal static class AliveCheck
{
    /// <summary>The argument.</summary>
    public const string Argument = "--alive";

    /// <summary>Requests it, for five seconds at most, and returns the exit code.</summary>
    public static async Task<int> RunAsync()
    {
        // 8080 is the default of the ASP.NET Core images.
        var port = Environment.GetEnvironmentVariable("HTTP_PORTS")?.Split(';')[0] ?? "8080";
        using var client = new HttpClient { Timeout = TimeSpan.FromSeconds(5) };
        try
        {
            using var answer = await client.GetAsync(new Uri($"http://localhost:{port}/alive"));
            return answer.IsSuccessStatusCode ? 0 : 1;
        }
        catch (Exception e) when (e is HttpRequestException or TaskCanceledException)
        {
            return 1;
        }
    }
}

using Microsoft.Extensions.Configuration;

namespace Microsoft.Extensions.Hosting;

/// <summary>
/// <c>dotnet CacheDemo.Api.dll --alive</c>: asks the service in this container whether it is alive, and ends with 0 or 1. For
/// health checks where nothing else can ask: a chiselled image has no curl.
/// </summary>
public static class AliveCheck
{
    /// <summary>The argument.</summary>
    public const string Argument = "--alive";

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    /// <summary>Asks, and returns the exit code.</summary>
    public static async Task<int> RunAsync()
    {
        // As Kestrel has it: HTTP_PORTS goes before what the image says.
        var configuration = new ConfigurationBuilder().AddEnvironmentVariables("ASPNETCORE_").AddEnvironmentVariables().Build();
        var port = configuration["HTTP_PORTS"]?.Split(';')[0] ?? "8080";

        using var client = new HttpClient { Timeout = Patience };
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

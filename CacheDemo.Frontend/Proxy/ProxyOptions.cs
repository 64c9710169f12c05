using System.ComponentModel;

namespace CacheDemo.Frontend.Proxy;

/// <summary>
/// Validates the settings of section <c>ReverseProxy</c> that deployments change. YARP reports an invalid value with a
/// stack trace that does not name it.
/// </summary>
internal static class ProxyOptions
{
    private const string Section = "ReverseProxy";

    private sealed class Route
    {
        public TimeSpan? Timeout { get; set; }
    }

    private sealed class Request
    {
        public TimeSpan? ActivityTimeout { get; set; }
    }

    private sealed class Destination
    {
        [Description("the API's address: write it as http://api.example:8000"), HttpUrl]
        public string? Address { get; set; }
    }

    /// <summary>Validates the options of the proxy.</summary>
    public static void CheckProxyOptions(this IHostApplicationBuilder builder)
    {
        var configuration = builder.Configuration;
        foreach (var route in configuration.GetSection($"{Section}:Routes").GetChildren())
            configuration.GetChecked<Route>(route.Path);
        foreach (var cluster in configuration.GetSection($"{Section}:Clusters").GetChildren())
        {
            configuration.GetChecked<Request>($"{cluster.Path}:HttpRequest");
            foreach (var destination in cluster.GetSection("Destinations").GetChildren())
                configuration.GetChecked<Destination>(destination.Path);
        }
    }
}

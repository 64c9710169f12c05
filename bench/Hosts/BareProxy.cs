using Yarp.ReverseProxy.Configuration;

namespace CacheDemo.Bench.Hosts;

/// <summary>YARP and nothing else: <c>/api</c> goes to the API.</summary>
internal static class BareProxy
{
    /// <summary>Serves.</summary>
    public static Task RunAsync(WebApplicationBuilder builder, string api)
    {
        var route = new RouteConfig
        {
            RouteId = "api",
            ClusterId = "api",
            Match = new() { Path = "/api/{**path}" },
            Transforms = [new Dictionary<string, string> { ["PathRemovePrefix"] = "/api" }],
        };
        var cluster = new ClusterConfig
        {
            ClusterId = "api",
            Destinations = new Dictionary<string, DestinationConfig> { ["api"] = new() { Address = api } },
        };
        builder.Services.AddReverseProxy().LoadFromMemory([route], [cluster]);
        var app = builder.Build();
        app.MapReverseProxy();
        return app.RunAsync();
    }
}

namespace CacheDemo.AppHost;

/// <summary>
/// HTTP/2 without TLS between the page's host and the API: a few connections carry all requests. Client and server
/// cannot negotiate it without TLS, so the API has an endpoint for it beside the one of HTTP/1.1.
/// </summary>
internal static class Http2
{
    private const string Endpoint = "http2";

    // A container has an address of its own, where 8080 is the port of HTTP/1.1.
    private const int PublishedPort = 8081;

    /// <summary>Adds an endpoint for HTTP/2 by prior knowledge.</summary>
    public static IResourceBuilder<ProjectResource> WithHttp2Endpoint(this IResourceBuilder<ProjectResource> project) =>
        project
            .WithHttpEndpoint(
                targetPort: project.ApplicationBuilder.ExecutionContext.IsPublishMode ? PublishedPort : null,
                name: Endpoint)
            .WithEndpoint(Endpoint, endpoint => endpoint.Transport = "http2")
            // No browser can open it.
            .WithUrlForEndpoint(Endpoint, url => url.DisplayLocation = UrlDisplayLocation.DetailsOnly)
            .WithEnvironment("HTTP2_PORT", project.GetEndpoint(Endpoint).Property(EndpointProperty.TargetPort));

    /// <summary>Makes a YARP send the requests of its cluster of the same name to that endpoint.</summary>
    public static IResourceBuilder<ProjectResource> WithHttp2Cluster(
        this IResourceBuilder<ProjectResource> proxy,
        IResourceBuilder<ProjectResource> project)
    {
        var cluster = $"ReverseProxy__Clusters__{project.Resource.Name}";
        return proxy
            .WithEnvironment(
                $"{cluster}__Destinations__{project.Resource.Name}__Address", project.GetEndpoint(Endpoint))
            .WithEnvironment($"{cluster}__HttpRequest__Version", "2")
            .WithEnvironment($"{cluster}__HttpRequest__VersionPolicy", "RequestVersionExact");
    }
}

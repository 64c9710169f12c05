using System.Net.Sockets;

namespace Aspire.Hosting.ApplicationModel;

/// <summary>A place where a resource listens.</summary>
public sealed class EndpointAnnotation(
    ProtocolType protocol,
    string? uriScheme = null,
    string? name = null,
    int? port = null,
    bool? isExternal = null) : IResourceAnnotation
{
    /// <summary>The name, unique in the resource.</summary>
    public string Name { get; set; } = name ?? uriScheme ?? protocol.ToString().ToLowerInvariant();

    /// <summary>The port others use; null takes any free one.</summary>
    public int? Port { get; set; } = port;

    /// <summary>The address the process listens on.</summary>
    public string TargetHost { get; set; } = "localhost";

    /// <summary>The scheme of its URL.</summary>
    public string UriScheme { get; set; } = uriScheme ?? protocol.ToString().ToLowerInvariant();

    /// <summary>Whether it is meant for the outside; matters where the application is deployed.</summary>
    public bool IsExternal { get; set; } = isExternal ?? false;

    /// <summary>Where it is, once the application starts.</summary>
    public AllocatedEndpoint? AllocatedEndpoint { get; set; }

    /// <summary>The ports that the replicas listen on, once the application starts.</summary>
    internal IReadOnlyList<int> ReplicaPorts { get; set; } = [];
}

/// <summary>Where an endpoint is.</summary>
public class AllocatedEndpoint(EndpointAnnotation endpoint, string address, int port)
{
    /// <summary>The host.</summary>
    public string Address { get; } = address;

    /// <summary>The port.</summary>
    public int Port { get; } = port;

    /// <summary>Both as a URL.</summary>
    public string UriString => $"{endpoint.UriScheme}://{Address}:{Port}";
}

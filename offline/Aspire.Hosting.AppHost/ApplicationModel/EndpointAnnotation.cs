using System.Net.Sockets;

namespace Aspire.Hosting.ApplicationModel;

/// <summary>A place where a resource listens.</summary>
public sealed class EndpointAnnotation(
    ProtocolType protocol,
    string? uriScheme = null,
    string? transport = null,
    string? name = null,
    int? port = null,
    int? targetPort = null,
    bool? isExternal = null,
    bool? isProxied = null) : IResourceAnnotation
{
    private string? _transport = transport;

    /// <summary>The name, unique in the resource.</summary>
    public string Name { get; set; } = name ?? uriScheme ?? protocol.ToString().ToLowerInvariant();

    /// <summary>The network protocol.</summary>
    public ProtocolType Protocol { get; set; } = protocol;

    /// <summary>The port others use; null takes any free one.</summary>
    public int? Port { get; set; } = port;

    /// <summary>The port the process listens on. The stand-in lets it listen where others look for it.</summary>
    public int? TargetPort { get; set; } = targetPort;

    /// <summary>The address the process listens on.</summary>
    public string TargetHost { get; set; } = "localhost";

    /// <summary>The scheme of its URL.</summary>
    public string UriScheme { get; set; } = uriScheme ?? protocol.ToString().ToLowerInvariant();

    /// <summary>How bytes are carried: http, http2 or tcp.</summary>
    public string Transport
    {
        get => _transport ?? (UriScheme is "http" or "https" ? "http" : Protocol.ToString().ToLowerInvariant());
        set => _transport = value;
    }

    /// <summary>Whether it is meant for the outside; matters where the application is deployed.</summary>
    public bool IsExternal { get; set; } = isExternal ?? false;

    /// <summary>Whether a proxy may stand before the process.</summary>
    public bool IsProxied { get; set; } = isProxied ?? true;

    /// <summary>Where it is, once the application starts.</summary>
    public AllocatedEndpoint? AllocatedEndpoint { get; set; }

    /// <summary>The ports that the replicas listen on, once the application starts.</summary>
    internal IReadOnlyList<int> ReplicaPorts { get; set; } = [];

    /// <summary>The environment variable that tells the process its port.</summary>
    internal string? TargetPortEnvironmentVariable { get; set; }
}

/// <summary>Where an endpoint is.</summary>
public class AllocatedEndpoint(EndpointAnnotation endpoint, string address, int port)
{
    /// <summary>The endpoint.</summary>
    public EndpointAnnotation Endpoint { get; } = endpoint;

    /// <summary>The host.</summary>
    public string Address { get; } = address;

    /// <summary>The port.</summary>
    public int Port { get; } = port;

    /// <summary>Both as a URL.</summary>
    public string UriString => $"{Endpoint.UriScheme}://{Address}:{Port}";
}

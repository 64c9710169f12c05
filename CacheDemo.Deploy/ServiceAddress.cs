using CacheDemo.Deploy.Manifest;

namespace CacheDemo.Deploy;

/// <summary>
/// Where resources find one another when each is a service of its own name, as everywhere here. Nothing speaks TLS
/// behind the page, so a project's https is its http.
/// </summary>
internal static class ServiceAddress
{
    /// <summary>The port of a project that the manifest gives none.</summary>
    public const int ProjectPort = 8080;

    /// <summary>What a reference to a binding is.</summary>
    public static string Of(BindingReference reference)
    {
        var scheme = reference is { Resource: ProjectResource, Definition.Scheme: "https" }
            ? "http"
            : reference.Definition.Scheme;
        var port = PortOf(reference.Resource, reference.Binding);
        var text = reference.Property switch
        {
            BindingProperty.Url => $"{scheme}://{reference.Resource.Name}:{port}",
            BindingProperty.Host => reference.Resource.Name,
            BindingProperty.Port or BindingProperty.TargetPort => $"{port}",
            BindingProperty.Scheme => scheme,
            BindingProperty.TlsEnabled => scheme is "https" or "rediss" ? bool.TrueString : bool.FalseString,
            _ => throw new InvalidOperationException($"{reference.Property} is not known."),
        };
        return reference.UriEncoded ? Uri.EscapeDataString(text) : text;
    }

    /// <summary>
    /// The bindings of a resource that are ports of their own, with those: a project's https beside its http is none.
    /// </summary>
    public static IEnumerable<(string Name, Binding Binding, int Port)> Listening(Workload workload) =>
        from binding in workload.Bindings
        where !(workload is ProjectResource && binding.Value is { Scheme: "https", TargetPort: null }
            && workload.Bindings.Values.Any(other => other.Scheme == "http"))
        select (binding.Key, binding.Value, PortOf(workload, binding.Key));

    /// <summary>
    /// Folders that a resource writes temporary files to. Redis images have a volume for /data, which a cache needs
    /// not.
    /// </summary>
    public static string[] TemporaryFolders(Workload workload) =>
        workload is ContainerResource { Volumes.Count: 0 }
        && workload.Bindings.Values.Any(binding => binding.Scheme == "redis")
            ? ["/tmp", "/data"]
            : ["/tmp"];

    private static int PortOf(Workload workload, string name) => (workload, workload.Bindings[name]) switch
    {
        (_, { TargetPort: { } port }) => port,
        (ProjectResource, _) => ProjectPort,
        (_, { Port: { } port }) => port,
        _ => throw new DeployException($"{workload.Name}: its binding {name} has no port."),
    };
}

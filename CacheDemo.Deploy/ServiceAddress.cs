using CacheDemo.Deploy.Manifest;

namespace CacheDemo.Deploy;

/// <summary>A port that a resource listens on.</summary>
internal sealed record Port(string Name, Binding Binding, int Number);

/// <summary>
/// The addresses of resources: the host is the resource's name in every deployment. There is no TLS behind the page, so
/// a project's https binding is its http binding.
/// </summary>
internal static class ServiceAddress
{
    /// <summary>The port of a project without a port in the manifest.</summary>
    public const int ProjectPort = 8080;

    /// <summary>The value of a reference to a binding.</summary>
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
    /// The ports that a resource listens on. The https binding of a project is not one of them: it is its http port.
    /// </summary>
    public static IEnumerable<Port> Listening(Workload workload) =>
        from binding in workload.Bindings
        where !(workload is ProjectResource && binding.Value is { Scheme: "https", TargetPort: null }
            && workload.Bindings.Values.Any(other => other.Scheme == "http"))
        select new Port(binding.Key, binding.Value, PortOf(workload, binding.Key));

    private static int PortOf(Workload workload, string name) => (workload, workload.Bindings[name]) switch
    {
        (_, { TargetPort: { } port }) => port,
        (ProjectResource, _) => ProjectPort,
        (_, { Port: { } port }) => port,
        _ => throw new DeployException($"{workload.Name}: its binding {name} has no port."),
    };
}

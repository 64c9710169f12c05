using CacheDemo.Deploy.Manifest;

namespace CacheDemo.Deploy.Compose;

/// <summary>
/// What references become in a compose file: a resource is found at its name, a parameter is a variable. Nothing speaks TLS behind
/// the page, so a project's https is its http.
/// </summary>
internal sealed class ComposeTarget(DeploymentManifest manifest)
{
    private const int ProjectPort = 8080;

    private readonly Evaluator _evaluator = new(manifest);

    /// <summary>The manifest.</summary>
    public DeploymentManifest Manifest => manifest;

    /// <summary>A text of a resource, as it stands in the compose file.</summary>
    public string Render(Workload workload, string text) => string.Concat(Parts(workload, text).Select(part => part switch
    {
        Literal literal => ComposeVariables.Escape(literal.Text),
        InputReference input => Variable(input),
        BindingReference binding => Address(binding),
        _ => throw new InvalidOperationException($"{part} is not known."),
    }));

    /// <summary>Everything that the texts of a resource refer to.</summary>
    public IEnumerable<Reference> ReferencesOf(Workload workload) =>
        workload.Texts.Where(text => text != workload.ConnectionString).SelectMany(text => Parts(workload, text)).OfType<Reference>();

    /// <summary>The inputs of parameters that anything refers to, each once.</summary>
    public IEnumerable<InputReference> Inputs =>
        manifest.Workloads.SelectMany(ReferencesOf).OfType<InputReference>()
            .GroupBy(reference => ComposeVariables.Of(reference.Parameter, reference.Input))
            .Select(uses => uses.First() with { UriEncoded = uses.Any(use => use.UriEncoded) });

    /// <summary>What is published: the http of what is external, and every other port of it.</summary>
    public IEnumerable<(Workload Workload, string Variable, int Port, int TargetPort)> Published
    {
        get
        {
            var next = ProjectPort;
            foreach (var workload in manifest.Workloads)
            {
                foreach (var (name, binding) in workload.Bindings.Where(binding => binding.Value.External && !IsAlias(workload, binding.Key)))
                {
                    var target = PortOf(workload, name);
                    yield return (workload, ComposeVariables.PortOf(workload, name), binding.Transport is "http" or "http2" ? next++ : target, target);
                }
            }
        }
    }

    private IReadOnlyList<Part> Parts(Workload workload, string text) => _evaluator.Evaluate(workload, text);

    private static string Variable(InputReference input)
    {
        var variable = ComposeVariables.Of(input.Parameter, input.Input);
        if (input.Definition.Default?.Value is not { } value)
            return $"${{{variable}:?set it in .env}}";
        if (value.Contains('}'))
            throw new DeployException($"{input.Parameter.Name}: its default holds a brace, which a compose file cannot say.");
        return $"${{{variable}:-{ComposeVariables.Escape(input.UriEncoded ? Uri.EscapeDataString(value) : value)}}}";
    }

    private static string Address(BindingReference reference)
    {
        var scheme = IsAlias(reference.Resource, reference.Binding) || reference is { Resource: ProjectResource, Definition.Scheme: "https" }
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

    private static int PortOf(Workload workload, string name) => (workload, workload.Bindings[name]) switch
    {
        (_, { TargetPort: { } port }) => port,
        (ProjectResource, _) => ProjectPort,
        (_, { Port: { } port }) => port,
        _ => throw new DeployException($"{workload.Name}: its binding {name} has no port."),
    };

    // A project's https without a port of its own, beside http.
    private static bool IsAlias(Workload workload, string name) =>
        workload is ProjectResource && workload.Bindings[name] is { Scheme: "https", TargetPort: null }
        && workload.Bindings.Values.Any(other => other is { Scheme: "http" });
}

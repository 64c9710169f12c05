using CacheDemo.Deploy.Manifest;

namespace CacheDemo.Deploy.Compose;

/// <summary>
/// What references become in a compose file: a resource is found at its name, a parameter is a variable.
/// </summary>
internal sealed class ComposeTarget(DeploymentManifest manifest)
{
    private readonly Evaluator _evaluator = new(manifest);

    /// <summary>The manifest.</summary>
    public DeploymentManifest Manifest => manifest;

    /// <summary>A text of a resource, as it stands in the compose file.</summary>
    public string Render(Workload workload, string text) => string.Concat(
        _evaluator.Evaluate(workload, text).Select(part => part switch
        {
            Literal literal => ComposeVariables.Escape(literal.Text),
            InputReference input => Variable(input),
            BindingReference binding => ServiceAddress.Of(binding),
            _ => throw new InvalidOperationException($"{part} is not known."),
        }));

    /// <summary>Everything that a resource has to know of others.</summary>
    public IEnumerable<Reference> ReferencesOf(Workload workload) => _evaluator.NeedsOf(workload);

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
            var next = ServiceAddress.ProjectPort;
            foreach (var workload in manifest.Workloads)
            {
                foreach (
                    var (name, binding, port) in ServiceAddress
                        .Listening(workload)
                        .Where(listening => listening.Binding.External))
                    yield return (
                        workload,
                        ComposeVariables.PortOf(workload, name),
                        binding.Transport is "http" or "http2" ? next++ : port,
                        port);
            }
        }
    }

    private static string Variable(InputReference input)
    {
        var variable = ComposeVariables.Of(input.Parameter, input.Input);
        if (input.Definition.Default?.Value is not { } value)
            return $"${{{variable}:?set it in .env}}";
        if (value.Contains('}'))
            throw new DeployException(
                $"{input.Parameter.Name}: its default holds a brace, which a compose file cannot say.");
        return $"${{{variable}:-{ComposeVariables.Escape(input.UriEncoded ? Uri.EscapeDataString(value) : value)}}}";
    }
}

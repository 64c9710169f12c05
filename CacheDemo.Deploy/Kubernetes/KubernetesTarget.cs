using CacheDemo.Deploy.Manifest;

namespace CacheDemo.Deploy.Kubernetes;

/// <summary>
/// What references become in Kubernetes: a resource is found at its service's name, an input is a key of one secret.
/// </summary>
internal sealed class KubernetesTarget(DeploymentManifest manifest)
{
    private readonly Evaluator _evaluator = new(manifest);

    /// <summary>The manifest.</summary>
    public DeploymentManifest Manifest => manifest;

    /// <summary>A text of a resource. Inputs are variables of the container, which Kubernetes puts in.</summary>
    public string Render(Workload workload, string text) => string.Concat(
        _evaluator.Evaluate(workload, text).Select(part => part switch
        {
            Literal literal => literal.Text.Replace("$(", "$$("),
            InputReference input => $"$({VariableOf(input)})",
            BindingReference binding => ServiceAddress.Of(binding),
            _ => throw new InvalidOperationException($"{part} is not known."),
        }));

    /// <summary>The inputs that a resource needs, each once.</summary>
    public IEnumerable<InputReference> InputsOf(Workload workload) =>
        _evaluator
            .NeedsOf(workload)
            .OfType<InputReference>()
            .Select(input => input with { UriEncoded = false })
            .Distinct();

    /// <summary>All inputs, each once.</summary>
    public IEnumerable<InputReference> Inputs => manifest.Workloads.SelectMany(InputsOf).Distinct();

    /// <summary>Who connects to a resource.</summary>
    public IEnumerable<Workload> ClientsOf(Workload workload) =>
        manifest.Workloads.Where(other =>
            other != workload
            && _evaluator.NeedsOf(other).OfType<BindingReference>().Any(need => need.Resource == workload));

    /// <summary>The key of an input in the secret: <c>redis</c>.</summary>
    public static string KeyOf(InputReference input) =>
        input.Parameter.Inputs.Count == 1 ? input.Parameter.Name : $"{input.Parameter.Name}.{input.Input}";

    /// <summary>The variable that a container has an input in.</summary>
    public static string VariableOf(InputReference input) =>
        $"INPUT_{KeyOf(input).ToUpperInvariant().Replace('-', '_').Replace('.', '_')}";
}

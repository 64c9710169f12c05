using CacheDemo.Deploy.Manifest;

namespace CacheDemo.Deploy.Kubernetes;

/// <summary>A Deployment in Kubernetes, with its Service, NetworkPolicy and Ingress.</summary>
internal sealed class KubernetesService : ContainerService
{
    private readonly string _registry, _tag;
    private readonly Evaluator _evaluator;

    /// <summary>Reads a workload.</summary>
    /// <param name="registry">The registry of the projects' images, with a slash at the end; empty for none.</param>
    /// <param name="tag">The tag of the projects' images.</param>
    /// <param name="clients">The workloads that connect to it.</param>
    /// <exception cref="DeployException">It is built from a Dockerfile, or has volumes.</exception>
    public KubernetesService(
        Workload workload, Evaluator evaluator, string registry, string tag, IEnumerable<Workload> clients)
        : base(workload, evaluator)
    {
        if (workload is ContainerResource { Image: null } or ContainerResource { Volumes.Count: > 0 })
            throw new DeployException($"{workload.Name}: Dockerfiles and volumes are not deployed to Kubernetes.");
        (_registry, _tag, _evaluator) = (registry, tag, evaluator);
        Clients = [.. clients.Select(client => client.Name)];
    }

    public IReadOnlyList<string> Clients { get; }

    /// <summary>The inputs that it refers to, each once, but for secrets that may be left out.</summary>
    public KubernetesInput[] Inputs => [.. References.OfType<InputReference>()
        .Where(input => !input.Definition.IsOptionalSecret)
        .Select(input => new KubernetesInput(input))
        .DistinctBy(input => input.Key)];

    /// <summary>The port of its Ingress; null for none.</summary>
    public int? IngressPort => Ports.FirstOrDefault(port => port.Binding is { External: true, IsHttp: true })?.Number;

    protected override string ProjectImage(string name) => $"{_registry}{name}:{_tag}";

    protected override string Escape(string literal) => literal.Replace("$(", "$$(");

    // A reference to a variable that is not set would stay as it is.
    protected override string Render(InputReference input) => input.Definition.IsOptionalSecret
        ? throw new DeployException(
            $"{Name}: {input.Parameter.Name} may be left out, which is not possible inside a longer text.")
        : $"$({new KubernetesInput(input).Variable})";

    protected override Variable Define(string name, string text) =>
        _evaluator.Evaluate(Workload, text) is [InputReference { Definition.IsOptionalSecret: true } input]
            ? new(name, "", OptionalKey: new KubernetesInput(input).Key)
            : base.Define(name, text);

    protected override Variable Overridable(Variable variable) => variable.Setting == Telemetry.Endpoint
        ? variable with { OptionalKey = "otlp-endpoint" }
        : variable;
}

/// <summary>An input: a variable of the container, which later variables and arguments refer to.</summary>
internal sealed class KubernetesInput(InputReference input)
{
    /// <summary>Its key in the Secret, where it has no default.</summary>
    public string Key => input.Parameter.Inputs.Count == 1
        ? input.Parameter.Name
        : $"{input.Parameter.Name}.{input.Input}";

    public string Variable => $"INPUT_{Key.ToUpperInvariant().Replace('-', '_').Replace('.', '_')}";

    public string? Default => input.Definition.Default?.Value;
}

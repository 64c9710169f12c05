using CacheDemo.Deploy.Images;
using CacheDemo.Deploy.Manifest;

namespace CacheDemo.Deploy;

/// <summary>A variable of a container's environment.</summary>
/// <param name="Setting">The setting of the deployment that overrides the value, if any.</param>
/// <param name="OptionalKey">The key of a Kubernetes Secret that has the value, if it has the key.</param>
internal sealed record Variable(string Name, string Value, string? Setting = null, string? OptionalKey = null);

/// <summary>A workload as a container of Docker Compose or Kubernetes: what is the same in both.</summary>
internal abstract class ContainerService(Workload workload, Evaluator evaluator)
{
    private const string ForwardedHeaders = "ASPNETCORE_FORWARDEDHEADERS_ENABLED";

    public string Name => workload.Name;

    public bool IsProject => workload is ProjectResource;

    /// <summary>The image; null where it is built from a Dockerfile.</summary>
    public string? Image => workload is ProjectResource project
        ? ProjectImage(ImageName.Of(project))
        : ((ContainerResource)workload).Image;

    /// <summary>The numeric user: of .NET images, or of the official images of Redis, Valkey and PostgreSQL.</summary>
    public string User => IsProject ? ImageName.User : "999";

    public string? Entrypoint => (workload as ContainerResource)?.Entrypoint;

    public IEnumerable<string> Args => workload.Args.Select(Render);

    /// <summary>
    /// The environment. Aspire assumes a proxy in front of a project; without one, clients could send any address in
    /// X-Forwarded-For, so an external project trusts it only if the deployment says so.
    /// </summary>
    public IReadOnlyList<Variable> Environment =>
    [
        .. workload.Env.Select(variable => variable.Key == ForwardedHeaders && IsExternal
            ? Overridable(new Variable(variable.Key, "false", "FORWARDED_HEADERS"))
            : Define(variable.Key, variable.Value)),
        .. workload is ProjectResource project ? Telemetry.Of(project).Select(Overridable) : [],
    ];

    public Port[] Ports => [.. ServiceAddress.Listening(workload)];

    /// <summary>Whether clients outside the deployment connect to it.</summary>
    public bool IsExternal => Ports.Any(port => port.Binding.External);

    /// <summary>Writable folders, in memory. The images of Redis declare /data as a volume.</summary>
    public string[] TemporaryFolders =>
        workload is ContainerResource { Volumes.Count: 0 } && Ports.Any(port => port.Binding.Scheme == "redis")
            ? ["/tmp", "/data"]
            : ["/tmp"];

    protected Workload Workload => workload;

    /// <summary>What other resources and parameters the workload refers to.</summary>
    protected IEnumerable<Reference> References => evaluator.NeedsOf(workload);

    /// <summary>A text of the manifest with its references resolved.</summary>
    protected string Render(string text) => string.Concat(
        evaluator.Evaluate(workload, text).Select(part => part switch
        {
            Literal literal => Escape(literal.Text),
            InputReference input => Render(input),
            BindingReference binding => ServiceAddress.Of(binding),
            _ => throw new InvalidOperationException($"{part} is not known."),
        }));

    /// <summary>The image of a project with its registry and its tag.</summary>
    protected abstract string ProjectImage(string name);

    protected abstract string Escape(string literal);

    protected abstract string Render(InputReference input);

    /// <summary>A variable of the manifest.</summary>
    protected virtual Variable Define(string name, string text) => new(name, Render(text));

    /// <summary>The variable with the syntax by which its setting overrides the value.</summary>
    protected virtual Variable Overridable(Variable variable) => variable;
}

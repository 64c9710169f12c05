using CacheDemo.Deploy.Manifest;

namespace CacheDemo.Deploy.Compose;

/// <summary>A published port: the variable in <c>.env</c> that sets the port of the host, and its default.</summary>
internal sealed record PublishedPort(string Variable, int HostPort, int ContainerPort)
{
    public string Mapping => $"${{{Variable}:-{HostPort}}}:{ContainerPort}";
}

/// <summary>A service in <c>compose.yaml</c>.</summary>
internal sealed class ComposeService(
    Workload workload,
    Evaluator evaluator,
    Func<string, string> fromManifestFolder,
    PublishedPort[] published) : ContainerService(workload, evaluator)
{
    public object? Build => Workload is not ContainerResource { Build: { } build } ? null : new
    {
        Context = fromManifestFolder(build.Context),
        Dockerfile = Path.GetRelativePath(build.Context, build.Dockerfile).Replace('\\', '/'),
        build.Stage,
        Args = build.Args.Select(argument => KeyValuePair.Create(
            argument.Key,
            argument.Value is null ? $"${{{argument.Key}:-}}" : Render(argument.Value))),
    };

    public IEnumerable<string> Volumes => Workload is not ContainerResource container ? [] : container.Volumes
        .Select(volume =>
            (volume.Name is null ? "" : $"{volume.Name}:") + volume.Target + (volume.ReadOnly ? ":ro" : ""));

    public IEnumerable<string> DependsOn => References.OfType<BindingReference>()
        .Select(reference => reference.Resource.Name)
        .Except([Name]);

    public PublishedPort[] Published => published;

    /// <summary>Whether it connects to a server outside: to one whose connection string must be set.</summary>
    public bool GoesOut => Inputs.Any(input =>
        input is { Parameter.ConnectionString: not null, Definition.IsOptionalSecret: false });

    /// <summary>The inputs that it refers to.</summary>
    public IEnumerable<InputReference> Inputs => References.OfType<InputReference>();

    /// <summary>The variable in <c>.env</c> that sets an input: <c>REDIS</c> for <c>redis</c>.</summary>
    public static string VariableOf(InputReference input) => Upper(
        input.Parameter.Inputs.Count == 1 ? input.Parameter.Name : $"{input.Parameter.Name}_{input.Input}");

    public static string Upper(string name) => name.ToUpperInvariant().Replace('-', '_');

    protected override string ProjectImage(string name) => $"${{REGISTRY:-}}{name}:${{TAG:-latest}}";

    protected override Variable Overridable(Variable variable) => variable.Setting is null
        ? variable
        : variable with { Value = $"${{{variable.Setting}:-{variable.Value}}}" };

    // A dollar sign begins a variable.
    protected override string Escape(string literal) => literal.Replace("$", "$$");

    protected override string Render(InputReference input)
    {
        if (input.Definition.Default?.Value is not { } value)
            return $"${{{VariableOf(input)}:?set it in .env}}";
        if (value.Contains('}'))
            throw new DeployException(
                $"{input.Parameter.Name}: its default contains a brace, which is not possible in a compose file.");
        return $"${{{VariableOf(input)}:-{Escape(input.UriEncoded ? Uri.EscapeDataString(value) : value)}}}";
    }
}

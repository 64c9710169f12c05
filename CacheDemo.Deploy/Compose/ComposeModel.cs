using System.Reflection;
using CacheDemo.Deploy.Images;
using CacheDemo.Deploy.Manifest;

namespace CacheDemo.Deploy.Compose;

/// <summary>The variables of the templates of <c>compose.yaml</c> and <c>.env.example</c>.</summary>
internal sealed class ComposeModel
{
    /// <summary>Reads them from a manifest.</summary>
    /// <param name="folder">The folder of <c>compose.yaml</c>.</param>
    public ComposeModel(DeploymentManifest manifest, string folder)
    {
        var evaluator = new Evaluator(manifest);
        var hostPort = ServiceAddress.ProjectPort;
        Services = [.. manifest.Workloads.Select(workload => new ComposeService(
            workload,
            evaluator,
            path => Path.GetRelativePath(folder, Path.Combine(manifest.Folder, path)).Replace('\\', '/'),
            [.. ServiceAddress.Listening(workload)
                .Where(port => port.Binding.External)
                .Select(port => new PublishedPort(
                    ComposeService.Upper($"{workload.Name}_{(HasSeveral(workload) ? $"{port.Name}_" : "")}PORT"),
                    port.Binding.IsHttp ? hostPort++ : port.Number,
                    port.Number))]))];
        Volumes = [.. manifest.Workloads.OfType<ContainerResource>()
            .SelectMany(container => container.Volumes)
            .Select(volume => volume.Name)
            .OfType<string>()
            .Distinct()];
    }

    public IReadOnlyList<ComposeService> Services { get; }

    public IReadOnlyList<string> Volumes { get; }

    public bool GoesOut => Services.Any(service => service.GoesOut);

    /// <summary>The inputs in <c>.env</c>, each once.</summary>
    public IEnumerable<object> Inputs => Services.SelectMany(service => service.Inputs)
        .GroupBy(ComposeService.VariableOf)
        .Select(uses => new
        {
            Variable = uses.Key,
            Description = Describe(uses.First()),
            Default = uses.First().Definition.Default?.Value,
            IsInUri = uses.Any(use => use.UriEncoded),
        });

    /// <summary>The user of the dashboard, whose image is a .NET image.</summary>
    public string User => ImageName.User;

    public string TraceRatio => Telemetry.TraceRatio;

    public string AspireVersion => typeof(ComposeModel).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>()
        .Single(metadata => metadata.Key == nameof(AspireVersion)).Value!;

    private static bool HasSeveral(Workload workload) =>
        workload.Bindings.Values.Count(binding => binding.External && binding.Scheme != "https") > 1;

    private static string Describe(InputReference input) => input switch
    {
        { Definition.IsOptionalSecret: true } =>
            $"The connection string of {input.Parameter.Name}; empty where there is none.",
        { Parameter.ConnectionString: not null } =>
            $"The address of {input.Parameter.Name}: host:port, or a connection string.",
        { Definition.Default.Generate: { } rules } =>
            $"Generate at least {rules.MinLength} characters{(rules.Special ? "" : ", only letters and digits")}: "
            + $"openssl rand -hex {Math.Max(16, (rules.MinLength + 1) / 2)}",
        { Definition.Default.Value: "true" or "false" } => $"The parameter {input.Parameter.Name}: true or false.",
        _ => $"The parameter {input.Parameter.Name}.",
    };
}

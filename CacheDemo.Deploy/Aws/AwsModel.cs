using CacheDemo.Deploy.Manifest;
using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace CacheDemo.Deploy.Aws;

/// <summary>
/// The variables of the template of <c>cachedemo.yaml</c>: each project is an ECS service, the one connection string
/// that must be set at deployment is ElastiCache, and one that may be left out is a PostgreSQL's.
/// </summary>
internal sealed class AwsModel
{
    private AwsModel(DeploymentManifest manifest)
    {
        if (manifest.Workloads.FirstOrDefault(workload => workload is not ProjectResource) is { } container)
            throw new DeployException(
                $"{container.Name}: aws deploys projects, and ElastiCache where a connection string is given at "
                + $"deployment; not a {container.Type}.");

        var evaluator = new Evaluator(manifest);
        Services = [.. manifest.Workloads.OfType<ProjectResource>()
            .Select(project => new AwsService(project, evaluator))];
        string[] caches = [.. Services.SelectMany(service => service.Environment)
            .Select(variable => variable.Cache)
            .OfType<string>()
            .Distinct()];
        if (caches.Length == 0)
            throw new DeployException(
                "No project refers to a connection string that is given at deployment: "
                + "there is nothing for ElastiCache to be.");
        if (caches.Length > 1)
            throw new DeployException(
                $"{string.Join(", ", caches)}: each is a connection string that is given at deployment; "
                + "ElastiCache can be one of them.");
    }

    public IReadOnlyList<AwsService> Services { get; }

    /// <summary>The services that others connect to, by <see cref="AwsService.Id"/>.</summary>
    public string[] Called => [.. Services.SelectMany(service => service.Dependencies)];

    /// <summary>The parameters for the inputs of the manifest, each once.</summary>
    public IEnumerable<object> Inputs => Services.SelectMany(service => service.Inputs)
        .DistinctBy(AwsService.ParameterOf)
        .Select(input => new
        {
            Parameter = AwsService.ParameterOf(input),
            input.Parameter.Name,
            input.Definition.Secret,
            Condition = AwsService.ConditionOf(input),
            Default = input.Definition.Default?.Value is { } value ? TemplateFile.Quoted(value) : null,
            IsSwitch = input.Definition is { Secret: false, Default.Value: "true" or "false" },
        });

    /// <summary>Renders the CloudFormation template.</summary>
    /// <exception cref="DeployException">The manifest has something that cannot be deployed to AWS.</exception>
    public static string Render(DeploymentManifest manifest)
    {
        var text = TemplateFile.Render("cloudformation.yaml", new AwsModel(manifest));
        try
        {
            new YamlStream().Load(new StringReader(text));
            return text;
        }
        catch (YamlException e)
        {
            throw new DeployException($"Names of the manifest clash in CloudFormation: {e.Message}");
        }
    }
}

using CacheDemo.Deploy.Manifest;

namespace CacheDemo.Deploy.Aws;

/// <summary>
/// What a manifest becomes in AWS: each project an ECS service that others find at its name, the one connection string
/// that is given at deployment ElastiCache.
/// </summary>
internal sealed class AwsTarget
{
    private readonly Evaluator _evaluator;

    /// <summary>Takes the manifest apart.</summary>
    /// <exception cref="DeployException">It has what this target does not deploy.</exception>
    public AwsTarget(DeploymentManifest manifest)
    {
        _evaluator = new Evaluator(manifest);
        if (manifest.Workloads.FirstOrDefault(workload => workload is not ProjectResource) is { } container)
            throw new DeployException(
                $"{container.Name}: aws deploys projects, and ElastiCache where a connection string is given at deployment; not a {container.Type}."
            );

        Services = [.. manifest.Workloads.Cast<ProjectResource>().Select(project => new AwsService(project, this))];
        var caches = Services
            .SelectMany(service => service.Environment)
            .Select(variable => variable.Value)
            .OfType<CacheValue>()
            .Select(value => value.Parameter.Name)
            .Distinct()
            .ToArray();
        if (caches.Length != 1)
        {
            throw new DeployException(
                caches.Length == 0
                    ? "No project refers to a connection string that is given at deployment: there is nothing for ElastiCache to be."
                    : $"{string.Join(", ", caches)}: each is a connection string that is given at deployment; ElastiCache can be one of them."
            );
        }
    }

    /// <summary>The services, in the manifest's order.</summary>
    public IReadOnlyList<AwsService> Services { get; }

    /// <summary>The inputs that are given at deployment, each once.</summary>
    public IEnumerable<InputReference> Inputs =>
        Services.SelectMany(service => service.Inputs).DistinctBy(Names.Parameter);

    /// <summary>Whether another service refers to this one.</summary>
    public bool IsCalled(AwsService service) =>
        Services.Any(other => other.Calls.Any(call => call.Resource == service.Project));

    /// <summary>A text of a project.</summary>
    public AwsValue Evaluate(ProjectResource project, string text)
    {
        var parts = _evaluator.Evaluate(project, text);
        if (parts.OfType<InputReference>().FirstOrDefault(input => input.UriEncoded) is { } encoded)
            throw new DeployException(
                $"{project.Name}: {text} has {encoded.Parameter.Name} percent-encoded, which CloudFormation cannot do."
            );

        var whole = parts is [InputReference only] ? only : null;
        if (whole is { Parameter.ConnectionString: not null })
            return new CacheValue(whole.Parameter);
        if (whole is { Definition.Secret: true })
            return new SecretValue(whole);
        if (parts.OfType<InputReference>().FirstOrDefault(input => input.Definition.Secret) is { } secret)
            throw new DeployException(
                $"{project.Name}: {text} has the secret {secret.Parameter.Name} inside a longer text, which ECS cannot put together."
            );

        return new TextValue([
            .. parts.Select(part => part is BindingReference binding ? new Literal(Address(project, binding)) : part),
        ]);
    }

    /// <summary>What a project refers to elsewhere.</summary>
    public IEnumerable<Reference> References(ProjectResource project) => _evaluator.NeedsOf(project);

    // A service finds others by name, and itself where it is.
    private static string Address(ProjectResource project, BindingReference reference) => ServiceAddress.Of(
        reference.Resource == project ? reference with { Resource = project with { Name = "localhost" } } : reference);
}

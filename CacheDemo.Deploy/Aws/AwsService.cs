using CacheDemo.Deploy.Manifest;

namespace CacheDemo.Deploy.Aws;

/// <summary>A project, as an ECS service.</summary>
internal sealed class AwsService(ProjectResource project, AwsTarget target)
{
    /// <summary>What the manifest says of it.</summary>
    public ProjectResource Project => project;

    /// <summary>Its name, and how others find it.</summary>
    public string Name => project.Name;

    /// <summary>Arguments of the program.</summary>
    public IEnumerable<AwsValue> Arguments =>
        project.Args.Select(argument =>
            target.Evaluate(project, argument) is TextValue text
                ? text
                : throw new DeployException(
                    $"{Name}: {argument} is a secret, and arguments are for everyone to read: give it in the environment."
                ));

    /// <summary>Its environment, in the manifest's order.</summary>
    public IEnumerable<(string Name, AwsValue Value)> Environment =>
        project.Env.Select(variable => (variable.Key, target.Evaluate(project, variable.Value)));

    /// <summary>Whether it is given the address of the cache.</summary>
    public bool UsesCache => Environment.Any(variable => variable.Value is CacheValue);

    /// <summary>What it needs to be given at deployment; not the cache, which is deployed with it.</summary>
    public IEnumerable<InputReference> Inputs =>
        target.References(project).OfType<InputReference>().Where(input => input.Parameter.ConnectionString is null);

    /// <summary>The bindings of others that it refers to, one for each port.</summary>
    public IEnumerable<BindingReference> Calls => target.References(project).OfType<BindingReference>()
        .Where(call => call.Resource != project)
        .DistinctBy(call => (call.Resource.Name, PortOf(call)));

    /// <summary>What it listens on: a name for each port.</summary>
    public IEnumerable<(string Name, int Number)> Ports => ServiceAddress.Listening(project)
        .Select(listening => (listening.Name, listening.Port))
        .DistinctBy(port => port.Port);

    /// <summary>The port for the world outside, where it has one.</summary>
    /// <exception cref="DeployException">It has several, or one that is not for HTTP.</exception>
    public int? ExternalPort
    {
        get
        {
            var external = ServiceAddress.Listening(project).Where(listening => listening.Binding.External).ToArray();
            if (
                external
                    .FirstOrDefault(listening => listening.Binding.Transport is not ("http" or "http2"))
                    .Binding is
                { } other)
                throw new DeployException(
                    $"{Name}: a binding for {other.Transport} is external; the load balancer is for http.");
            return external.Select(listening => listening.Port).Distinct().ToArray() switch
            {
                [] => null,
                [var port] => port,
                var ports => throw new DeployException(
                    $"{Name}: the ports {string.Join(", ", ports)} are external; the load balancer is for one of them."
                ),
            };
        }
    }

    /// <summary>The port that a reference leads to.</summary>
    public static string PortOf(BindingReference call) =>
        ServiceAddress.Of(call with { Property = BindingProperty.TargetPort, UriEncoded = false });
}

using CacheDemo.Deploy.Images;
using CacheDemo.Deploy.Manifest;

namespace CacheDemo.Deploy.Aws;

/// <summary>A variable of a task: a value in YAML, the name of a parameter with a secret's ARN, or the cache.</summary>
/// <param name="Condition">The condition that the secret is given; null where it must be.</param>
internal sealed record AwsVariable(
    string Name, string? Value = null, string? Secret = null, string? Condition = null, string? Cache = null);

/// <summary>A port of another service that a service connects to.</summary>
internal sealed record AwsCall(string Id, string Binding, string Port);

/// <summary>A project as an ECS service.</summary>
internal sealed class AwsService(ProjectResource project, Evaluator evaluator)
{
    public string Name => project.Name;

    /// <summary>The prefix of the logical IDs of its resources: <c>Frontend</c> for <c>frontend</c>.</summary>
    public string Id => IdOf(Name);

    public string Image => ImageName.Of(project);

    public string User => ImageName.User;

    public string Assembly => Path.GetFileNameWithoutExtension(project.Path);

    public IReadOnlyList<AwsVariable> Environment =>
        [.. project.Env.Select(variable => Evaluate(variable.Key, variable.Value))];

    public IEnumerable<Variable> Telemetry => Deploy.Telemetry.Of(project);

    public AwsVariable[] Secrets => [.. Environment.Where(variable => variable.Secret is not null)];

    /// <summary>The conditions that it has a database, whose connection string may be left out.</summary>
    public IEnumerable<string> Databases => Inputs
        .Where(input => input is { Definition.IsOptionalSecret: true, Parameter.ConnectionString: not null })
        .Select(ConditionOf)
        .OfType<string>()
        .Distinct();

    public bool UsesCache => Environment.Any(variable => variable.Cache is not null);

    /// <summary>The arguments of the program, in YAML.</summary>
    public IReadOnlyList<string> Arguments => [.. project.Args.Select(argument => Evaluate("", argument).Value
        ?? throw new DeployException(
            $"{Name}: {argument} is a secret, and arguments are for everyone to read: give it in the environment."))];

    /// <summary>The inputs that are parameters of the stack.</summary>
    public IEnumerable<InputReference> Inputs => evaluator.NeedsOf(project).OfType<InputReference>()
        .Where(input => input.Definition.IsOptionalSecret || input.Parameter.ConnectionString is null);

    public IEnumerable<AwsCall> Calls => evaluator.NeedsOf(project).OfType<BindingReference>()
        .Where(binding => binding.Resource != project)
        .Select(binding => new AwsCall(
            IdOf(binding.Resource.Name),
            IdOf(binding.Binding),
            ServiceAddress.Of(binding with { Property = BindingProperty.TargetPort, UriEncoded = false })))
        .DistinctBy(call => (call.Id, call.Port));

    /// <summary>The services that it connects to, by <see cref="Id"/>.</summary>
    public string[] Dependencies => [.. Calls.Select(call => call.Id).Distinct()];

    public Port[] Ports => [.. ServiceAddress.Listening(project).DistinctBy(port => port.Number)];

    /// <summary>The port behind the load balancer; null for none.</summary>
    /// <exception cref="DeployException">There are several, or one that is not for HTTP.</exception>
    public int? ExternalPort
    {
        get
        {
            Port[] external = [.. ServiceAddress.Listening(project).Where(port => port.Binding.External)];
            if (external.FirstOrDefault(port => !port.Binding.IsHttp) is { Binding.Transport: var transport })
                throw new DeployException(
                    $"{Name}: a binding for {transport} is external; the load balancer is for http.");
            return external.Select(port => port.Number).Distinct().ToArray() switch
            {
                [] => null,
                [var port] => port,
                var ports => throw new DeployException(
                    $"{Name}: the ports {string.Join(", ", ports)} are external; "
                    + "the load balancer is for one of them."),
            };
        }
    }

    /// <summary>The parameter for an input; for a secret, it is the ARN.</summary>
    public static string ParameterOf(InputReference input) =>
        IdOf(input.Parameter.Name)
        + (input.Parameter.Inputs.Count > 1 ? IdOf(input.Input) : "")
        + (input.Definition.Secret ? "SecretArn" : "");

    /// <summary>The condition that a secret that may be left out is given; null for other inputs.</summary>
    public static string? ConditionOf(InputReference input) =>
        input.Definition.IsOptionalSecret ? $"Has{ParameterOf(input)}" : null;

    // Logical IDs contain only letters and digits: StockPassword for stock-password.
    private static string IdOf(string name) => string.Concat(name.Split('-', '_')
        .Where(word => word.Length > 0)
        .Select(word => $"{char.ToUpperInvariant(word[0])}{word[1..]}"));

    private AwsVariable Evaluate(string name, string text)
    {
        var parts = evaluator.Evaluate(project, text);
        InputReference[] inputs = [.. parts.OfType<InputReference>()];
        if (inputs.FirstOrDefault(input => input.UriEncoded) is { } encoded)
            throw new DeployException(
                $"{Name}: {text} has {encoded.Parameter.Name} percent-encoded, which CloudFormation cannot do.");
        if (parts is [InputReference
            { Parameter.ConnectionString: not null, Definition.IsOptionalSecret: false } cache])
            return new AwsVariable(name, Cache: cache.Parameter.Name);
        if (parts is [InputReference { Definition.Secret: true } only])
            return new AwsVariable(name, Secret: ParameterOf(only), Condition: ConditionOf(only));
        if (inputs.FirstOrDefault(input => input.Definition.Secret) is { } secret)
            throw new DeployException(
                $"{Name}: {text} has the secret {secret.Parameter.Name} inside a longer text, which ECS cannot put "
                + "together.");

        var value = TemplateFile.Quoted(string.Concat(parts.Select(part => part switch
        {
            // In !Sub, "${" begins a variable, and "${!" is "${".
            Literal literal => inputs.Length > 0 ? literal.Text.Replace("${", "${!") : literal.Text,
            InputReference input => $"${{{ParameterOf(input)}}}",
            BindingReference binding => AddressOf(binding),
            _ => throw new InvalidOperationException($"{part} is not known."),
        })));
        return new AwsVariable(name, inputs.Length > 0 ? $"!Sub {value}" : value);
    }

    // A service has no name of its own inside its own task.
    private string AddressOf(BindingReference binding) => ServiceAddress.Of(binding.Resource == project
        ? binding with { Resource = project with { Name = "localhost" } }
        : binding);
}

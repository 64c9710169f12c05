using CacheDemo.Deploy.Images;
using CacheDemo.Deploy.Manifest;
using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;
using YamlDotNet.Serialization;

namespace CacheDemo.Deploy.Aws;

/// <summary>
/// Writes the template: what AWS needs stands in <c>Template/</c>, what the system is comes from the manifest.
/// </summary>
internal static class AwsTemplate
{
    private static readonly ISerializer Yaml = new SerializerBuilder()
        .WithIndentedSequences()
        .WithNewLine("\n")
        .Build();

    /// <summary>The template for a manifest.</summary>
    public static string Write(AwsTarget target)
    {
        var template =
            Fragment.Fill(
                "template",
                new Dictionary<string, string>
                {
                    ["parameters"] = Join(target.Inputs.Select(WriteParameter)),
                    ["services"] = Join(target.Services.Select(service => WriteService(service, target))),
                    ["outputs"] = Join(
                        target
                            .Services.Where(service => service.ExternalPort is not null)
                            .Select(service => Fragment.Fill("output", Gaps(service)))),
                }
            ) + "\n";

        try
        {
            new YamlStream().Load(new StringReader(template));
            return template;
        }
        catch (YamlException e)
        {
            throw new DeployException($"Names of the manifest clash in CloudFormation: {e.Message}");
        }
    }

    private static string WriteService(AwsService service, AwsTarget target)
    {
        var secrets = service
            .Environment.Where(variable => variable.Value is SecretValue)
            .Select(variable => (variable.Name, ((SecretValue)variable.Value).Input))
            .ToArray();
        var gaps = Gaps(service);
        gaps["image"] = ImageName.Of(service.Project);
        gaps["assembly"] = Path.GetFileNameWithoutExtension(service.Project.Path);
        gaps["externalPort"] = $"{service.ExternalPort}";
        gaps["ports"] = List(
            service.Ports.Select(port =>
                Map(("Name", Text(port.Name)), ("ContainerPort", new YamlScalarNode($"{port.Number}")))));
        gaps["listeners"] = Join(
            service.Ports.Select(port =>
                Fragment.Fill("listener", Gaps(service, ("port", $"{port.Number}"), ("portName", port.Name)))));
        gaps["command"] = List(service.Arguments.Select(argument => Scalar((TextValue)argument)));
        gaps["environment"] = Join(service.Environment.Select(WriteVariable));
        gaps["sampler"] = TracesInProduction.Sampler;
        gaps["ratio"] = TracesInProduction.Ratio;
        gaps["secrets"] = List(
            secrets.Select(secret => Map(("Name", Text(secret.Name)), ("ValueFrom", Reference(secret.Input)))));
        gaps["secretArns"] = List(secrets.Select(secret => Reference(secret.Input)));
        gaps["dependencies"] = List(
            service.Calls.Select(call => Text($"{Names.Id(call.Resource.Name)}Service")).Distinct());
        gaps["calls"] = string.Concat(
            service.Calls.Select(call =>
                "\n"
                + Fragment.Fill(
                    "call",
                    Gaps(
                        service,
                        ("CalledId", Names.Id(call.Resource.Name)),
                        ("Binding", Names.Id(call.Binding)),
                        ("port", AwsService.PortOf(call))))));

        return Fragment.Fill("service", gaps, [.. Facts(service, target, secrets.Length > 0)]);
    }

    private static IEnumerable<string> Facts(AwsService service, AwsTarget target, bool hasSecrets)
    {
        if (service.UsesCache)
            yield return "cache";
        if (service.ExternalPort is not null)
            yield return "external";
        if (target.IsCalled(service))
            yield return "called";
        if (service.Calls.Any())
            yield return "calling";
        if (service.Project.Args.Count > 0)
            yield return "command";
        if (hasSecrets)
            yield return "secrets";
        if (hasSecrets || service.UsesCache)
            yield return "secretsOrCache";
        if (service.Ports.Any())
            yield return "ports";
    }

    private static string WriteVariable((string Name, AwsValue Value) variable) => variable.Value switch
    {
        CacheValue => Fragment.Fill("cacheVariable", new Dictionary<string, string> { ["name"] = variable.Name }),
        TextValue text => List([Map(("Name", Text(variable.Name)), ("Value", Scalar(text)))]),
        _ => "",
    };

    private static string WriteParameter(InputReference input) => Fragment.Fill(
        "parameter",
        new Dictionary<string, string>
        {
            ["Parameter"] = Names.Parameter(input),
            ["name"] = input.Parameter.Name,
            ["default"] = input.Definition.Default?.Value is { } value ? Write(Map(("Default", Quoted(value)))) : "",
        },
        input.Definition.Secret ? "secret" : "open");

    private static Dictionary<string, string> Gaps(
        AwsService service,
        params IEnumerable<(string Name, string Text)> more
    ) => more.Append(("Id", Names.Id(service.Name))).Append(("name", service.Name)).ToDictionary();

    // In !Sub a dollar with a brace begins a variable, but with an exclamation mark.
    private static YamlScalarNode Scalar(TextValue value)
    {
        if (!value.Parts.OfType<InputReference>().Any())
            return Quoted(string.Concat(value.Parts.Cast<Literal>().Select(literal => literal.Text)));

        var text = Quoted(string.Concat(value.Parts.Select(part => part is InputReference input
            ? $"${{{Names.Parameter(input)}}}"
            : ((Literal)part).Text.Replace("${", "${!"))));
        text.Tag = "!Sub";
        return text;
    }

    private static YamlScalarNode Reference(InputReference input) => new(Names.Parameter(input)) { Tag = "!Ref" };

    private static YamlScalarNode Text(string text) => new(text);

    private static YamlScalarNode Quoted(string text) => new(text) { Style = ScalarStyle.SingleQuoted };

    private static YamlMappingNode Map(params (string Key, YamlNode Value)[] members) =>
        new(members.Select(member => KeyValuePair.Create((YamlNode)Text(member.Key), member.Value)));

    private static string List(IEnumerable<YamlNode> items) => items.Any() ? Write(new YamlSequenceNode(items)) : "";

    private static string Write(YamlNode node) => Yaml.Serialize(node).TrimEnd('\n');

    private static string Join(IEnumerable<string> texts) => string.Join('\n', texts.Where(text => text.Length > 0));
}

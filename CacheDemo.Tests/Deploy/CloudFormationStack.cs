using System.Globalization;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using YamlDotNet.RepresentationModel;

namespace CacheDemo.Tests.Deploy;

/// <summary>
/// What a CloudFormation template comes to with these parameters: its conditions decided and its functions evaluated,
/// as far as that can be done without AWS. A resource's name is <c>{Id}</c>, its attributes are <c>{Id.Attribute}</c>.
/// </summary>
internal sealed partial class CloudFormationStack
{
    private static readonly Dictionary<string, string> Pseudo = new()
    {
        ["AWS::AccountId"] = "123456789012",
        ["AWS::Partition"] = "aws",
        ["AWS::Region"] = "eu-central-1",
        ["AWS::StackId"] =
            "arn:aws:cloudformation:eu-central-1:123456789012:stack/cachedemo/51af3dc0-da77-11e4-872e-1234567db123",
        ["AWS::StackName"] = "cachedemo",
        ["AWS::URLSuffix"] = "amazonaws.com",
    };

    private readonly YamlMappingNode _template;
    private readonly Dictionary<string, string> _parameters;
    private readonly Lazy<Dictionary<string, (JsonObject Definition, string Type)>> _resources;

    private CloudFormationStack(YamlMappingNode template, IEnumerable<(string Name, string Value)> parameters)
    {
        _template = template;
        _parameters = Section("Parameters")
            .ToDictionary(parameter => parameter.Key, parameter => Text(parameter.Value, "Default") ?? "");
        foreach (var (name, value) in parameters)
        {
            Assert.Contains(name, _parameters.Keys);
            _parameters[name] = value;
        }

        _resources = new(() =>
            Section("Resources")
                .Where(resource => Exists(resource.Value))
                .ToDictionary(
                    resource => resource.Key,
                    resource => ((JsonObject)Evaluate(resource.Value)!, Type: Text(resource.Value, "Type")!)));
    }

    /// <summary>Its resources.</summary>
    public IReadOnlyDictionary<string, (JsonObject Definition, string Type)> Resources => _resources.Value;

    /// <summary>Its outputs.</summary>
    public IReadOnlyDictionary<string, string> Outputs =>
        Section("Outputs")
            .Where(output => Exists(output.Value))
            .ToDictionary(output => output.Key, output => $"{Evaluate(At(output.Value, "Value")!)}");

    /// <summary>The error with which CloudFormation would refuse the parameters.</summary>
    public IEnumerable<string> Complaints
    {
        get
        {
            foreach (
                var (name, definition) in Section("Parameters")
                    .Where(parameter =>
                        _parameters[parameter.Key].Length > 0 || Text(parameter.Value, "Default") is not null))
            {
                var value = _parameters[name];
                if (
                    At(definition, "AllowedValues") is YamlSequenceNode values
                        && !values.Any(allowed => $"{allowed}" == value)
                    || Text(definition, "AllowedPattern") is { } pattern && !Regex.IsMatch(value, $"^({pattern})$")
                    || Text(definition, "MinValue") is { } min
                        && int.Parse(value, CultureInfo.InvariantCulture)
                            < int.Parse(min, CultureInfo.InvariantCulture)
                    || Text(definition, "MaxValue") is { } max
                        && int.Parse(value, CultureInfo.InvariantCulture)
                            > int.Parse(max, CultureInfo.InvariantCulture))
                {
                    yield return $"{name} {Text(definition, "ConstraintDescription") ?? "is not allowed"}";
                }
            }

            foreach (
                var (_, rule) in Section("Rules")
                    .Where(rule => At(rule.Value, "RuleCondition") is not { } condition || IsTrue(condition)))
            {
                foreach (var assertion in (YamlSequenceNode)At(rule, "Assertions")!)
                {
                    if (!IsTrue(At(assertion, "Assert")!))
                        yield return Text(assertion, "AssertDescription")!;
                }
            }
        }
    }

    /// <summary>Reads a template.</summary>
    public static CloudFormationStack Of(string path, params IEnumerable<(string Name, string Value)> parameters)
    {
        var yaml = new YamlStream();
        yaml.Load(new StringReader(File.ReadAllText(path)));
        return new CloudFormationStack((YamlMappingNode)yaml.Documents[0].RootNode, parameters);
    }

    /// <summary>The properties of the resources of a type, such as <c>AWS::ECS::Service</c>, by their ids.</summary>
    public IReadOnlyDictionary<string, JsonNode> All(string type) =>
        Resources
            .Where(resource => resource.Value.Type == type)
            .ToDictionary(
                resource => resource.Key,
                resource => resource.Value.Definition["Properties"] ?? new JsonObject());

    private IEnumerable<KeyValuePair<string, YamlNode>> Section(string name) =>
        At(_template, name) is YamlMappingNode section
            ? section.Children.Select(entry => KeyValuePair.Create($"{entry.Key}", entry.Value))
            : [];

    private bool Exists(YamlNode definition) =>
        Text(definition, "Condition") is not { } condition || Condition(condition);

    private bool Condition(string name) =>
        IsTrue(
            At(_template, "Conditions", name) ?? throw new InvalidOperationException($"There is no condition {name}."));

    private bool IsTrue(YamlNode node) => Evaluate(node)!.GetValue<bool>();

    private JsonNode? Evaluate(YamlNode node) => (node.Tag.IsEmpty ? "" : node.Tag.Value, node) switch
    {
        ("!Ref", YamlScalarNode name) => Ref(name.Value!),
        ("!GetAtt", YamlScalarNode name) => Attribute(name.Value!),
        ("!Condition", YamlScalarNode name) => Condition(name.Value!),
        ("!Sub", YamlScalarNode text) => Substitute(text.Value!, []),
        ("!Sub", YamlSequenceNode list) => Substitute($"{list[0]}", (JsonObject)Evaluate(list[1])!),
        ("!If", YamlSequenceNode list) => Evaluate(Condition($"{list[0]}") ? list[1] : list[2]),
        ("!Equals", YamlSequenceNode list) => $"{Evaluate(list[0])}" == $"{Evaluate(list[1])}",
        ("!Not", YamlSequenceNode list) => !IsTrue(list[0]),
        ("!And", YamlSequenceNode list) => list.All(IsTrue),
        ("!Or", YamlSequenceNode list) => list.Any(IsTrue),
        ("!FindInMap", YamlSequenceNode list) =>
            Text(_template, ["Mappings", .. list.Select(step => $"{Evaluate(step)}")]),
        ("!Split", YamlSequenceNode list) =>
            new JsonArray([.. $"{Evaluate(list[1])}".Split($"{list[0]}").Select(part => (JsonNode)part)]),
        ("!Select", YamlSequenceNode list) =>
            Evaluate(list[1])![int.Parse($"{list[0]}", CultureInfo.InvariantCulture)]!.DeepClone(),
        // Only AWS knows which VPC a subnet is in.
        ("", YamlMappingNode { Children: var children }) when children.ContainsKey("Fn::EachMemberEquals") => true,
        ("", YamlScalarNode text) => text.Value,
        ("", YamlSequenceNode list) => new JsonArray([.. list.Select(Evaluate).Where(item => item is not null)]),
        ("", YamlMappingNode map) => new JsonObject(map.Children
            .Select(member => KeyValuePair.Create($"{member.Key}", Evaluate(member.Value)))
            .Where(member => member.Value is not null)),
        var (tag, _) => throw new InvalidOperationException($"{tag} is not known here."),
    };

    private JsonNode? Ref(string name)
    {
        if (name == "AWS::NoValue")
            return null;
        if (Pseudo.TryGetValue(name, out var value))
            return value;
        if (!_parameters.TryGetValue(name, out var parameter))
            return Attribute(name);
        return Text(_template, "Parameters", name, "Type")!.StartsWith("List<", StringComparison.Ordinal)
            ? new JsonArray([.. parameter.Split(',').Select(item => (JsonNode)item)])
            : parameter;
    }

    private string Attribute(string name)
    {
        var id = name.Split('.')[0];
        Assert.True(
            At(_template, "Resources", id) is { } resource && Exists(resource),
            $"{name} refers to {id}, which is not there.");
        return $"{{{name}}}";
    }

    private string Substitute(string text, JsonObject variables) => Variable().Replace(
        text,
        match => match.Groups[1].Value switch
        {
            ['!', .. var literal] => $"${{{literal}}}",
            var name when variables.TryGetPropertyValue(name, out var value) => $"{value}",
            var name when _parameters.ContainsKey(name) || Pseudo.ContainsKey(name) => $"{Ref(name)}",
            var name => Attribute(name),
        });

    private static YamlNode? At(YamlNode node, params IEnumerable<string> path) =>
        path.Aggregate(
            (YamlNode?)node,
            (at, key) => at is YamlMappingNode map && map.Children.TryGetValue(key, out var next) ? next : null);

    private static string? Text(YamlNode node, params IEnumerable<string> path) =>
        At(node, path) is YamlScalarNode scalar ? scalar.Value : null;

    [GeneratedRegex(@"\$\{([^}]+)\}")]
    private static partial Regex Variable();
}

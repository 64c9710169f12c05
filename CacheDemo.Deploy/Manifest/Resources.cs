using System.Text.Json;
using System.Text.Json.Serialization;

namespace CacheDemo.Deploy.Manifest;

/// <summary>
/// A resource of the manifest. Its texts are unevaluated: <see cref="Evaluator"/> resolves their expressions.
/// </summary>
public abstract record Resource
{
    [JsonIgnore]
    public string Name { get; init; } = "";

    /// <summary>The type, such as <c>project.v0</c>.</summary>
    public string Type { get; init; } = "";

    public string? ConnectionString { get; init; }

    /// <summary>All texts that may contain expressions.</summary>
    [JsonIgnore]
    public virtual IEnumerable<string> Texts => ConnectionString is null ? [] : [ConnectionString];
}

/// <summary>A resource that runs: a project or a container.</summary>
public abstract record Workload : Resource
{
    public IReadOnlyList<string> Args { get; init; } = [];

    public OrderedDictionary<string, string> Env { get; init; } = [];

    public OrderedDictionary<string, Binding> Bindings { get; init; } = [];

    /// <summary>For Azure; ignored.</summary>
    public JsonElement? Deployment { get; init; }

    public override IEnumerable<string> Texts => [.. base.Texts, .. Args, .. Env.Values];
}

/// <summary><c>project.v0</c>, <c>project.v1</c>: a .NET project.</summary>
public sealed record ProjectResource : Workload
{
    /// <summary>The project file, relative to the manifest.</summary>
    public string Path { get; init; } = "";
}

/// <summary><c>container.v0</c>, <c>container.v1</c>: an existing image, or one built from a Dockerfile.</summary>
public sealed record ContainerResource : Workload
{
    /// <summary>The image; null if <see cref="Build"/> is set.</summary>
    public string? Image { get; init; }

    public ContainerBuild? Build { get; init; }

    public string? Entrypoint { get; init; }

    public IReadOnlyList<Volume> Volumes { get; init; } = [];

    public override IEnumerable<string> Texts => [.. base.Texts, .. Build?.Args.Values.OfType<string>() ?? []];
}

/// <summary><c>parameter.v0</c>: a value that is set at deployment.</summary>
public sealed record ParameterResource : Resource
{
    /// <summary>The value: an expression of its inputs.</summary>
    public string Value { get; init; } = "";

    public OrderedDictionary<string, Input> Inputs { get; init; } = [];

    public override IEnumerable<string> Texts => [.. base.Texts, Value];
}

/// <summary><c>value.v0</c>: a name for an expression.</summary>
public sealed record ValueResource : Resource
{
    /// <summary>The expression, unless it is the connection string.</summary>
    public string? Value { get; init; }

    public override IEnumerable<string> Texts => Value is null ? base.Texts : [.. base.Texts, Value];
}

/// <summary><c>annotated.string</c>: an expression with a filter.</summary>
public sealed record AnnotatedStringResource : Resource
{
    public string Value { get; init; } = "";

    /// <summary>The filter; <c>uri</c> is the only one.</summary>
    public string Filter { get; init; } = "";

    public override IEnumerable<string> Texts => [.. base.Texts, Value];
}

/// <summary>An endpoint of a workload.</summary>
/// <param name="Protocol"><c>tcp</c> or <c>udp</c>.</param>
/// <param name="Transport"><c>http</c>, <c>http2</c> or <c>tcp</c>.</param>
/// <param name="TargetPort">The port inside the container; null if the deployment chooses it.</param>
/// <param name="Port">The port for clients, if it is another.</param>
/// <param name="External">Whether clients outside the deployment connect to it.</param>
public sealed record Binding(
    string Scheme,
    string Protocol,
    string Transport,
    int? TargetPort = null,
    int? Port = null,
    bool External = false)
{
    [JsonIgnore]
    public bool IsHttp => Transport is "http" or "http2";
}

/// <summary>An input of a parameter: a value that is set at deployment.</summary>
/// <param name="Type">Always <c>string</c>.</param>
public sealed record Input(string Type = "string", bool Secret = false, InputDefault? Default = null)
{
    /// <summary>Whether it is a secret that a deployment may leave out.</summary>
    [JsonIgnore]
    public bool IsOptionalSecret => this is { Secret: true, Default.Value: "" };
}

/// <summary>The default of an input: a value, or rules to generate it once.</summary>
public sealed record InputDefault(string? Value = null, GeneratedInput? Generate = null);

/// <summary>Rules to generate a value: its length and its characters.</summary>
public sealed record GeneratedInput(
    int MinLength,
    bool Lower = true, bool Upper = true, bool Numeric = true, bool Special = true,
    int MinLower = 0, int MinUpper = 0, int MinNumeric = 0, int MinSpecial = 0);

/// <summary>Storage that outlives the container.</summary>
/// <param name="Target">The path in the container.</param>
/// <param name="Name">The name; null for an anonymous volume.</param>
public sealed record Volume(string Target, string? Name = null, bool ReadOnly = false);

/// <summary>How an image is built; paths are relative to the manifest.</summary>
/// <param name="Stage">The stage of the Dockerfile; by default the last.</param>
public sealed record ContainerBuild(string Context, string Dockerfile, string? Stage = null)
{
    /// <summary>The arguments of the build; null is the value of the environment variable of that name.</summary>
    public OrderedDictionary<string, string?> Args { get; init; } = [];
}

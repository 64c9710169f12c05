using System.Text.Json;
using System.Text.Json.Serialization;

namespace CacheDemo.Deploy.Manifest;

/// <summary>
/// An entry of the manifest. Texts are as they stand there, with their expressions; <see cref="Evaluator"/> reads
/// those.
/// </summary>
public abstract record Resource
{
    /// <summary>Its name, by which expressions refer to it.</summary>
    [JsonIgnore]
    public string Name { get; init; } = "";

    /// <summary>The manifest's word for its kind, as <c>project.v0</c>.</summary>
    public string Type { get; init; } = "";

    /// <summary>How others connect to it, where they can.</summary>
    public string? ConnectionString { get; init; }

    /// <summary>Every text of it that may hold expressions.</summary>
    [JsonIgnore]
    public virtual IEnumerable<string> Texts => ConnectionString is null ? [] : [ConnectionString];
}

/// <summary>Something that runs.</summary>
public abstract record Workload : Resource
{
    /// <summary>Arguments of the program.</summary>
    public IReadOnlyList<string> Args { get; init; } = [];

    /// <summary>Its environment, in the manifest's order.</summary>
    public OrderedDictionary<string, string> Env { get; init; } = [];

    /// <summary>What it listens on, in the manifest's order.</summary>
    public OrderedDictionary<string, Binding> Bindings { get; init; } = [];

    /// <summary>For Azure; read over.</summary>
    public JsonElement? Deployment { get; init; }

    public override IEnumerable<string> Texts => [.. base.Texts, .. Args, .. Env.Values];
}

/// <summary><c>project.v0</c>, <c>project.v1</c>: a .NET project.</summary>
public sealed record ProjectResource : Workload
{
    /// <summary>The project file, relative to the manifest.</summary>
    public string Path { get; init; } = "";
}

/// <summary><c>container.v0</c>, <c>container.v1</c>: an image that exists, or is built from a Dockerfile.</summary>
public sealed record ContainerResource : Workload
{
    /// <summary>The image; null where <see cref="Build"/> says how it comes to be.</summary>
    public string? Image { get; init; }

    /// <summary>How the image is built.</summary>
    public ContainerBuild? Build { get; init; }

    /// <summary>The program, instead of the image's.</summary>
    public string? Entrypoint { get; init; }

    /// <summary>What outlives the container.</summary>
    public IReadOnlyList<Volume> Volumes { get; init; } = [];

    public override IEnumerable<string> Texts => [.. base.Texts, .. Build?.Args.Values.OfType<string>() ?? []];
}

/// <summary><c>parameter.v0</c>: what is known only when it is deployed.</summary>
public sealed record ParameterResource : Resource
{
    /// <summary>What it is, made of its inputs.</summary>
    public string Value { get; init; } = "";

    /// <summary>The inputs.</summary>
    public OrderedDictionary<string, Input> Inputs { get; init; } = [];

    public override IEnumerable<string> Texts => [.. base.Texts, Value];
}

/// <summary><c>value.v0</c>: a name for an expression.</summary>
public sealed record ValueResource : Resource
{
    /// <summary>The expression, where it is not in the connection string.</summary>
    public string? Value { get; init; }

    public override IEnumerable<string> Texts => Value is null ? base.Texts : [.. base.Texts, Value];
}

/// <summary><c>annotated.string</c>: an expression put through a filter.</summary>
public sealed record AnnotatedStringResource : Resource
{
    /// <summary>The expression.</summary>
    public string Value { get; init; } = "";

    /// <summary>The filter; <c>uri</c> is the only one.</summary>
    public string Filter { get; init; } = "";

    public override IEnumerable<string> Texts => [.. base.Texts, Value];
}

/// <summary>A port that something listens on.</summary>
/// <param name="Scheme">Of its URL.</param>
/// <param name="Protocol"><c>tcp</c> or <c>udp</c>.</param>
/// <param name="Transport"><c>http</c>, <c>http2</c> or <c>tcp</c>.</param>
/// <param name="TargetPort">The port inside the container; null leaves it to the deployment.</param>
/// <param name="Port">The port that others use, where it is another.</param>
/// <param name="External">Whether it is for the world outside.</param>
public sealed record Binding(
    string Scheme,
    string Protocol,
    string Transport,
    int? TargetPort = null,
    int? Port = null,
    bool External = false);

/// <summary>A value that is given at deployment.</summary>
/// <param name="Type"><c>string</c>, always.</param>
/// <param name="Secret">Whether it must not be shown.</param>
/// <param name="Default">Its default.</param>
public sealed record Input(string Type = "string", bool Secret = false, InputDefault? Default = null);

/// <summary>The default of an input.</summary>
/// <param name="Value">This.</param>
/// <param name="Generate">Made up, once, by these rules.</param>
public sealed record InputDefault(string? Value = null, GeneratedInput? Generate = null);

/// <summary>Rules for a value that is made up: its length, and which characters it is made of.</summary>
public sealed record GeneratedInput(
    int MinLength,
    bool Lower = true, bool Upper = true, bool Numeric = true, bool Special = true,
    int MinLower = 0, int MinUpper = 0, int MinNumeric = 0, int MinSpecial = 0);

/// <summary>Storage that outlives the container.</summary>
/// <param name="Target">Where the container finds it.</param>
/// <param name="Name">Its name; null for one without.</param>
/// <param name="ReadOnly">Whether the container must not write to it.</param>
public sealed record Volume(string Target, string? Name = null, bool ReadOnly = false);

/// <summary>How an image is built; paths are relative to the manifest.</summary>
/// <param name="Context">The folder.</param>
/// <param name="Dockerfile">The Dockerfile.</param>
/// <param name="Stage">Its stage, where not the last.</param>
public sealed record ContainerBuild(string Context, string Dockerfile, string? Stage = null)
{
    /// <summary>Arguments of the build; null is the value of the environment it is built in.</summary>
    public OrderedDictionary<string, string?> Args { get; init; } = [];
}

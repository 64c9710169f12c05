using System.Text.Json;
using System.Text.Json.Serialization;

namespace CacheDemo.Deploy.Manifest;

/// <summary>A manifest that an AppHost published.</summary>
public sealed class DeploymentManifest
{
    private static readonly JsonSerializerOptions Strict = new(JsonSerializerDefaults.Web)
    {
        AllowDuplicateProperties = false,
        NumberHandling = JsonNumberHandling.Strict,
        PropertyNameCaseInsensitive = false,
        RespectNullableAnnotations = true,
        RespectRequiredConstructorParameters = true,
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
    };

    private DeploymentManifest(string folder, IEnumerable<Resource> resources)
    {
        Folder = folder;
        Resources = new(resources.Select(resource => KeyValuePair.Create(resource.Name, resource)));
    }

    /// <summary>The folder of the manifest, to which its paths are relative.</summary>
    public string Folder { get; }

    /// <summary>The resources, in the order of the manifest.</summary>
    public OrderedDictionary<string, Resource> Resources { get; }

    /// <summary>The resources that run.</summary>
    public IEnumerable<Workload> Workloads => Resources.Values.OfType<Workload>();

    /// <summary>Reads a manifest, and validates every expression in it.</summary>
    /// <exception cref="ManifestException">It is missing, not JSON, or has something that is not supported.</exception>
    public static DeploymentManifest Read(string path)
    {
        string text;
        try
        {
            text = File.ReadAllText(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new ManifestException(
                $"The manifest {path} cannot be read ({e.GetType().Name}): "
                + "run this in the repository's folder, or name it with --manifest.");
        }

        try
        {
            using var json = JsonDocument.Parse(text, new JsonDocumentOptions { AllowDuplicateProperties = false });
            if (
                json.RootElement.ValueKind != JsonValueKind.Object
                || !json.RootElement.TryGetProperty("resources", out var resources)
                || resources.ValueKind != JsonValueKind.Object)
            {
                throw new ManifestException($"{path} is not a manifest: it has no \"resources\".");
            }

            var manifest = new DeploymentManifest(
                Path.GetDirectoryName(Path.GetFullPath(path))!,
                resources.EnumerateObject().Select(entry => ReadResource(entry.Name, entry.Value)));
            manifest.FollowExpressions();
            return manifest;
        }
        catch (JsonException e)
        {
            throw new ManifestException(
                $"{path} is not JSON: line {e.LineNumber + 1}, {e.Message.Split(" LineNumber:")[0]}");
        }
    }

    private static Resource ReadResource(string name, JsonElement json)
    {
        if (json.ValueKind != JsonValueKind.Object)
            throw new ManifestException($"{name}: is not an object.");
        if (json.TryGetProperty("error", out var error))
            throw new ManifestException($"{name}: cannot be deployed; Aspire wrote: {error}");
        if (Nulls(json).FirstOrDefault() is { } nothing)
            throw new ManifestException($"{name}: {nothing} is null.");
        var type = json.TryGetProperty("type", out var member) ? $"{member}" : "";

        try
        {
            Resource resource = type switch
            {
                "project.v0" or "project.v1" => Checked<ProjectResource>(project =>
                    project.Path is "" ? "path" : null),
                "container.v0" or "container.v1" => Checked<ContainerResource>(container =>
                    container is { Image: null, Build: null } ? "image or build" : null),
                "parameter.v0" => Checked<ParameterResource>(parameter => parameter.Value is "" ? "value" : null),
                "value.v0" => Checked<ValueResource>(value =>
                    value is { Value: null, ConnectionString: null } ? "connectionString or value" : null),
                "annotated.string" => Checked<AnnotatedStringResource>(annotated =>
                    annotated.Value is "" ? "value"
                    : annotated.Filter is "" ? "filter"
                    : null),
                "" => throw new ManifestException($"{name}: has no type."),
                _ => throw new ManifestException(
                    $"{name}: the type {type} is not known; "
                    + "project, container and parameter, value.v0 and annotated.string are."),
            };
            return resource with { Name = name };
        }
        catch (JsonException e)
        {
            throw new ManifestException($"{name}: {e.Path?.TrimStart('$', '.') switch
            {
                null or "" => $"is not what Aspire writes for a {type}",
                var at => $"{at} is not known in a {type}, or not as it stands there",
            }}.");
        }

        T Checked<T>(Func<T, string?> missing) where T : Resource
        {
            var resource = json.Deserialize<T>(Strict)!;
            return missing(resource) is { } what
                ? throw new ManifestException($"{name}: a {type} needs {what}.")
                : resource;
        }
    }

    // Aspire writes null only for an argument of a build whose value is that of the environment variable.
    private static IEnumerable<string> Nulls(JsonElement json, string path = "") => json.ValueKind switch
    {
        JsonValueKind.Null => path.StartsWith("build.args.", StringComparison.Ordinal) ? [] : [path],
        JsonValueKind.Object => json.EnumerateObject().SelectMany(
            member => Nulls(member.Value, $"{path}.{member.Name}".TrimStart('.'))),
        JsonValueKind.Array => json.EnumerateArray().SelectMany((item, i) => Nulls(item, $"{path}.{i}")),
        _ => [],
    };

    private void FollowExpressions()
    {
        var evaluator = new Evaluator(this);
        foreach (var resource in Resources.Values)
        {
            foreach (var text in resource.Texts)
                evaluator.Evaluate(resource, text);
            if (resource is AnnotatedStringResource)
                evaluator.Evaluate(resource, $"{{{resource.Name}.value}}");
        }
    }
}

using CacheDemo.Deploy.Manifest;
using CacheDemo.Tests.Support;

namespace CacheDemo.Tests.Deploy;

/// <summary>How the reader interprets manifests, and which errors it reports.</summary>
public sealed class ManifestReaderTests : IDisposable
{
    private static readonly string Shop = Path.Combine(
        CommandLine.Root,
        "CacheDemo.Tests",
        "Deploy",
        "Manifests",
        "shop.json");

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("cachedemo-manifest-");

    public void Dispose() => _folder.Delete(recursive: true);

    [Theory]
    [InlineData("{stock.connectionString}", "<stock.tcp.Host>:<stock.tcp.Port>,password=<stock-password.value>")]
    [InlineData("{orders.connectionString}", "<orders.value>")]
    [InlineData("at {hall.bindings.http.url}/", "at <hall.http.Url>/")]
    [InlineData(
        "{hall.bindings.admin.targetPort}{hall.bindings.admin.scheme}",
        "<hall.admin.TargetPort><hall.admin.Scheme>")]
    [InlineData("{stock-password.value:uri}", "<stock-password.value:uri>")]
    [InlineData("{greeting-uri-encoded.value}", "<greeting.value:uri>")]
    [InlineData(
        "{stock.connectionString:uri}",
        "<stock.tcp.Host:uri>%3A<stock.tcp.Port:uri>%2Cpassword%3D<stock-password.value:uri>")]
    [InlineData("{{}} {stock-tls.connectionString}!", "{} !")]
    [InlineData("", "")]
    public void An_expression_is_resolved_up_to_what_only_the_target_knows(string text, string expected)
    {
        var manifest = DeploymentManifest.Read(Shop);
        var parts = new Evaluator(manifest).Evaluate(manifest.Resources["clerk"], text);
        Assert.Equal(expected, string.Concat(parts.Select(Show)));
    }

    [Fact]
    public void Every_kind_of_resource_is_read()
    {
        var manifest = DeploymentManifest.Read(Shop);

        Assert.Equal(["stock", "clerk", "hall", "label"], manifest.Workloads.Select(workload => workload.Name));
        var stock = Assert.IsType<ContainerResource>(manifest.Resources["stock"]);
        Assert.Equal(("docker.io/valkey/valkey:9.0", "/bin/sh"), (stock.Image, stock.Entrypoint));
        Assert.Equal(new Volume("/data", "shop-stock"), Assert.Single(stock.Volumes));
        Assert.Equal(
            new ContainerBuild("Label", "Label/Dockerfile", "final").Context,
            ((ContainerResource)manifest.Resources["label"]).Build!.Context);
        Assert.Equal(["http", "https", "admin"], ((Workload)manifest.Resources["hall"]).Bindings.Keys);
        Assert.Equal(
            30,
            ((ParameterResource)manifest.Resources["stock-password"]).Inputs["value"].Default!.Generate!.MinLength);
    }

    [Theory]
    [InlineData("aspire-manifest.json")]
    [InlineData("deploy/compose-redis/aspire-manifest.json")]
    public void The_committed_manifests_are_understood(string name) =>
        Assert.Contains(
            DeploymentManifest.Read(Path.Combine(CommandLine.Root, name)).Workloads,
            workload => workload.Name == "api");

    [Theory]
    // References that do not resolve, and texts that are not expressions.
    [InlineData(
        """{"a": {"type": "project.v0", "path": "a", "env": {"X": "{b.bindings.http.url}"}}}""",
        "a: {b.bindings.http.url} refers to b, and there is no such resource.")]
    [InlineData(
        """{"a": {"type": "project.v0", "path": "a", "env": {"X": "{a.bindings.http.url}"}}}""",
        "a: {a.bindings.http.url} refers to a binding that a has not.")]
    [InlineData(
        """{"a": {"type": "project.v0", "path": "a", "args": ["{a.outputs.id}"]}}""",
        "a: {a.outputs.id} is not known: a is a project.v0 and has no outputs.id.")]
    [InlineData(
        """{"a": {"type": "project.v0", "path": "a", "args": ["{a.connectionString}"]}}""",
        "a: {a.connectionString} is not known: a is a project.v0 and has no connectionString.")]
    [InlineData(
        """{"a": {"type": "project.v0", "path": "a", "bindings": {"h": {"scheme": "http", "protocol":"""
            + """ "tcp", "transport": "http"}}, "env": {"X": "{a.bindings.h.path}"}}}""",
        "a: {a.bindings.h.path} is not known: a binding has url, host, port, targetPort, scheme, tlsEnabled.")]
    [InlineData(
        """{"p": {"type": "parameter.v0", "value": "{p.inputs.other}", "inputs": {"value": {"type": "string"}}}}""",
        "p: {p.inputs.other} refers to an input that p has not.")]
    [InlineData(
        """{"a": {"type": "project.v0", "path": "a", "args": ["{"]}}""",
        "a: { has a brace without its other half; a brace of the text's own is written twice.")]
    [InlineData(
        """{"a": {"type": "project.v0", "path": "a", "args": ["{\"json\": 1"]}}""",
        "a: {\"json\": 1 has a brace without its other half; a brace of the text's own is written twice.")]
    [InlineData(
        """{"a": {"type": "project.v0", "path": "a", "args": ["x}"]}}""",
        "a: x} has a brace without its other half; a brace of the text's own is written twice.")]
    [InlineData(
        """{"a": {"type": "project.v0", "path": "a", "args": ["{}"]}}""",
        "a: {} refers to nothing, and there is no such resource.")]
    [InlineData(
        """{"v": {"type": "value.v0", "connectionString": "x"}, "a": {"type": "project.v0", "path": "a","""
            + """ "args": ["{v.connectionString:base64}"]}}""",
        "a: {v.connectionString:base64} has the filter base64, which is not known: uri is.")]
    [InlineData(
        """{"s": {"type": "annotated.string", "value": "x", "filter": "html"}}""",
        "s: {s.value} has the filter html, which is not known: uri is.")]
    // Circular references.
    [InlineData(
        """{"v": {"type": "value.v0", "connectionString": "{v.connectionString}"}}""",
        "v: {v.connectionString} refers to itself: v.connectionString -> v.connectionString.")]
    [InlineData(
        """{"v": {"type": "value.v0", "connectionString": "{w.connectionString}"}, "w": {"type":"""
            + """ "value.v0", "connectionString": "-{v.connectionString}"}}""",
        "v: {w.connectionString} refers to itself: w.connectionString -> v.connectionString -> w.connectionString.")]
    // What another tool would have to deploy.
    [InlineData("""{"x": {"type": "executable.v0", "command": "npm"}}""", "x: the type executable.v0 is not known;")]
    [InlineData(
        """{"x": {"type": "azure.bicep.v0", "path": "x.bicep"}}""",
        "x: the type azure.bicep.v0 is not known;")]
    [InlineData(
        """{"x": {"error": "This resource does not support generation in the manifest."}}""",
        "x: cannot be deployed; Aspire wrote: This resource does not support")]
    [InlineData("""{"x": {"path": "x"}}""", "x: has no type.")]
    [InlineData("""{"x": 1}""", "x: is not an object.")]
    // Members that are missing, unknown or of another type.
    [InlineData("""{"a": {"type": "project.v0"}}""", "a: a project.v0 needs path.")]
    [InlineData("""{"c": {"type": "container.v0"}}""", "c: a container.v0 needs image or build.")]
    [InlineData(
        """{"c": {"type": "container.v0", "image": "c", "bindMounts": []}}""",
        "c: bindMounts is not known in a container.v0, or not as it stands there.")]
    [InlineData(
        """{"c": {"type": "container.v0", "image": 8}}""",
        "c: image is not known in a container.v0, or not as it stands there.")]
    [InlineData(
        """{"c": {"type": "container.v0", "image": "c", "bindings": {"tcp": {"scheme": "tcp"}}}}""",
        "c: bindings.tcp is not known in a container.v0, or not as it stands there.")]
    [InlineData("""{"c": {"type": "container.v0", "image": "c", "env": {"A": null}}}""", "c: env.A is null.")]
    [InlineData("""{"c": {"type": "container.v0", "image": "c", "args": [null]}}""", "c: args.0 is null.")]
    public void An_error_is_one_line_that_names_the_resource_and_the_expression(string resources, string expected)
    {
        var mistake = Assert.Throws<ManifestException>(() => Read($$"""{"resources": {{resources}} }"""));
        Assert.StartsWith(expected, mistake.Message);
        Assert.DoesNotContain('\n', mistake.Message);
    }

    [Theory]
    [InlineData("{", "is not JSON: line 1, ")]
    [InlineData("", "is not JSON: line 1, ")]
    [InlineData("[]", "is not a manifest: it has no \"resources\".")]
    [InlineData("{\"resources\": []}", "is not a manifest: it has no \"resources\".")]
    [InlineData(
        "{\"resources\": {\n\"a\": {\"type\": \"value.v0\", \"connectionString\": \"\"},\n\"a\": {\"type\": "
            + "\"value.v0\", \"connectionString\": \"\"}}}",
        "is not JSON: line ")]
    public void An_invalid_manifest_is_one_line(string text, string expected)
    {
        var mistake = Assert.Throws<ManifestException>(() => Read(text));
        Assert.Contains(expected, mistake.Message);
        Assert.DoesNotContain('\n', mistake.Message);
    }

    [Fact]
    public void A_missing_manifest_is_one_line() =>
        Assert.Contains(
            "nowhere.json cannot be read (FileNotFoundException)",
            Assert.Throws<ManifestException>(() => DeploymentManifest.Read("nowhere.json")).Message);

    private DeploymentManifest Read(string text)
    {
        var path = Path.Combine(_folder.FullName, "manifest.json");
        File.WriteAllText(path, text);
        return DeploymentManifest.Read(path);
    }

    private static string Show(Part part) => part switch
    {
        Literal literal => literal.Text,
        InputReference input => $"<{input.Parameter.Name}.{input.Input}{(input.UriEncoded ? ":uri" : "")}>",
        BindingReference binding =>
            $"<{binding.Resource.Name}.{binding.Binding}.{binding.Property}{(binding.UriEncoded ? ":uri" : "")}>",
        _ => throw new InvalidOperationException(),
    };
}

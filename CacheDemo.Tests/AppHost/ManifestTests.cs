using System.Text.Json;
using System.Text.RegularExpressions;
using CacheDemo.Tests.Support;

namespace CacheDemo.Tests.AppHost;

/// <summary>What the AppHost publishes.</summary>
public partial class ManifestTests
{
    private static readonly string Committed = Path.Combine(CommandLine.Root, "aspire-manifest.json"),
        WithRedis = Path.Combine(CommandLine.Root, "deploy", "compose-redis", "aspire-manifest.json");

    [Fact]
    public void The_committed_manifest_names_the_resources_and_all_its_references_resolve()
    {
        using var manifest = JsonDocument.Parse(File.ReadAllText(Committed));
        var resources = manifest.RootElement.GetProperty("resources");
        Assert.Equal(
            ["api", "frontend", "lab-enabled", "products", "redis"],
            resources.EnumerateObject().Select(resource => resource.Name).Order());

        foreach (var resource in resources.EnumerateObject())
            AssertReferencesResolve(resource.Value, resources);

        foreach (var project in new[] { "api", "frontend" })
            Assert.True(
                File.Exists(
                    Path.Combine(CommandLine.Root, resources.GetProperty(project).GetProperty("path").GetString()!)));
        Assert.True(
            resources
                .GetProperty("frontend")
                .GetProperty("bindings")
                .GetProperty("http")
                .GetProperty("external")
                .GetBoolean());
        Assert.False(
            resources.GetProperty("api").GetProperty("bindings").GetProperty("http").TryGetProperty("external", out _));
        Assert.Equal(
            "{redis.connectionString}",
            resources.GetProperty("api").GetProperty("env").GetProperty("ConnectionStrings__redis").GetString());
    }

    [Fact]
    public async Task The_committed_manifest_is_what_the_AppHost_publishes()
    {
        var published = await PublishBesideAsync(Committed);
        Assert.Equal(
            await File.ReadAllTextAsync(Committed, TestContext.Current.CancellationToken),
            published,
            ignoreLineEndingDifferences: true);
    }

    [Theory]
    [InlineData("--Redis:Password=hunter2")]
    [InlineData("--ConnectionStrings:products=Host=rds;Password=hunter2")]
    public async Task No_password_is_published(string option) =>
        Assert.DoesNotContain("hunter2", await PublishBesideAsync(Committed, option));

    [Fact]
    public async Task The_committed_manifest_with_a_container_is_what_the_AppHost_publishes()
    {
        var published = await PublishBesideAsync(WithRedis, "--Redis:Mode=container");
        Assert.Equal(
            await File.ReadAllTextAsync(WithRedis, TestContext.Current.CancellationToken),
            published,
            ignoreLineEndingDifferences: true);
    }

    [Fact]
    public void With_a_container_Redis_is_published_with_keyspace_notifications_and_a_limit()
    {
        using var manifest = JsonDocument.Parse(File.ReadAllText(WithRedis));
        var resources = manifest.RootElement.GetProperty("resources");
        Assert.Equal(
            [
                "-c",
                "exec redis-server --requirepass $REDIS_PASSWORD --notify-keyspace-events Ex --save '' "
                    + "--maxmemory 256mb --maxmemory-policy volatile-lru",
            ],
            resources
                .GetProperty("redis")
                .GetProperty("args")
                .EnumerateArray()
                .Select(argument => argument.GetString()));
        foreach (var resource in resources.EnumerateObject())
            AssertReferencesResolve(resource.Value, resources);
    }

    [Theory]
    [InlineData("compose", "deploy/compose/compose.yaml")]
    [InlineData("compose", "deploy/compose-redis/compose.yaml", "--Redis:Mode=container")]
    [InlineData("aws", "deploy/aws/cachedemo.yaml")]
    [InlineData("k8s", "deploy/k8s/cachedemo.yaml")]
    public async Task A_pipeline_step_writes_the_committed_deployment(
        string step, string committed, params string[] arguments)
    {
        var folder = Directory.CreateTempSubdirectory("cachedemo-step-");
        try
        {
            // As "aspire do" starts it.
            await using var appHost = CommandLine.StartAppHost(
                null,
                ["--operation", "publish", "--step", step, "--output-path", folder.FullName, .. arguments]);
            Assert.True(await appHost.ExitAsync() == 0, appHost.Output);
            Assert.Equal(
                await File.ReadAllTextAsync(
                    Path.Combine(CommandLine.Root, committed), TestContext.Current.CancellationToken),
                await File.ReadAllTextAsync(
                    Path.Combine(folder.FullName, Path.GetFileName(committed)), TestContext.Current.CancellationToken),
                ignoreLineEndingDifferences: true);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    // Paths in a manifest are relative to it.
    private static async Task<string> PublishBesideAsync(string committed, params string[] arguments)
    {
        var path = Path.ChangeExtension(committed, $".{Guid.NewGuid():n}.json");
        try
        {
            await using var appHost = CommandLine.StartAppHost(
                null,
                ["--publisher", "manifest", "--output-path", path, .. arguments]);
            Assert.True(await appHost.ExitAsync() == 0, appHost.Output);
            return await File.ReadAllTextAsync(path);
        }
        finally
        {
            File.Delete(path);
        }
    }

    // {resource.connectionString}, {resource.bindings.http.url}, {resource.inputs.value}: each step exists in the
    // manifest; a binding's url, host and port are known only where it is deployed.
    private static void AssertReferencesResolve(JsonElement resource, JsonElement resources)
    {
        foreach (Match reference in Reference().Matches(resource.GetRawText()))
        {
            var steps = reference.Groups[1].Value.Split('.');
            Assert.True(
                resources.TryGetProperty(steps[0], out var target),
                $"{reference.Value}: there is no resource {steps[0]}");
            for (var i = 1; i < steps.Length; i++)
            {
                if (steps[i] is "inputs" or "bindings")
                    Assert.True(
                        target.TryGetProperty(steps[i], out target) && target.TryGetProperty(steps[++i], out target),
                        reference.Value);
                else if (steps[i] is "value" or "connectionString")
                    Assert.True(
                        target.TryGetProperty(steps[i], out _)
                            || target.TryGetProperty("type", out var type) && type.GetString() == "string",
                        reference.Value);
                else
                    Assert.Contains(steps[i], (string[])["url", "host", "port", "targetPort", "scheme", "tlsEnabled"]);
            }
        }
    }

    [GeneratedRegex(@"\{([a-z][A-Za-z0-9.-]*)\}")]
    private static partial Regex Reference();
}

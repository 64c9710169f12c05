using System.Text.Json;
using CacheDemo.Tests.Support;

namespace CacheDemo.Tests.Deploy;

/// <summary>What <c>images</c> reports when it fails.</summary>
public sealed class ImagesTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("cachedemo-images-");

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public async Task A_missing_project_is_one_line()
    {
        var manifest = Path.Combine(_folder.FullName, "manifest.json");
        await File.WriteAllTextAsync(
            manifest,
            """{"resources": {"page": {"type": "project.v0", "path": "Gone/Gone.csproj"}}}""",
            TestContext.Current.CancellationToken);
        await FailsAsync("The project Gone/Gone.csproj of page is not there.", "images", "--manifest", manifest);
    }

    [Theory]
    [InlineData("https://registry.example.com")]
    [InlineData("/path")]
    public Task An_invalid_registry_is_one_line(string registry) =>
        FailsAsync(
            $"--registry {registry} is not host or host/path: give it without a scheme.",
            "images",
            "--registry",
            registry);

    private static async Task FailsAsync(string line, params string[] arguments)
    {
        var (exitCode, said) = await DeployCommand.RunInOwnProcessAsync(new Dictionary<string, string>(), arguments);
        Assert.Equal((1, line), (exitCode, said.Trim()));
    }
}

/// <summary>What it builds and pushes.</summary>
[Collection<DeployCollection>]
public sealed class PushedImagesTests(ContainerMachine machine) : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("cachedemo-image-");

    public void Dispose() => _folder.Delete(recursive: true);

    [Theory]
    [InlineData("cachedemo-api")]
    [InlineData("cachedemo-frontend")]
    public async Task An_image_is_built_for_both_architectures_and_runs_without_root(string name)
    {
        var image = $"{await machine.RegistryAsync()}{name}:latest";

        using var index = JsonDocument.Parse(await machine.PodmanAsync("manifest", "inspect", image));
        var architectures = index
            .RootElement.GetProperty("manifests")
            .EnumerateArray()
            .Select(manifest => manifest.GetProperty("platform").GetProperty("architecture").GetString());
        Assert.Equal(["amd64", "arm64"], architectures.Order());

        // This machine's architecture is last, and remains.
        foreach (var architecture in new[] { "arm64", "amd64" })
        {
            await machine.PodmanAsync("pull", "--quiet", "--arch", architecture, image);
            Assert.Equal(
                $"1654 {architecture}",
                (await machine.PodmanAsync("inspect", "--format", "{{.Config.User}} {{.Architecture}}", image)).Trim());
        }
    }

    [Fact]
    public async Task A_missing_base_image_is_one_line()
    {
        var manifest = await WriteAsync(
            "manifest.json", """{"resources": {"small": {"type": "project.v0", "path": "Small.csproj"}}}""");
        await WriteAsync("Small.csproj", """
            <Project Sdk="Microsoft.NET.Sdk.Web">
              <PropertyGroup><TargetFramework>net10.0</TargetFramework></PropertyGroup>
            </Project>
            """);
        await WriteAsync("Program.cs", "return;");

        var missing = $"{await machine.RegistryAsync()}nothing:1";
        var (exitCode, said) = await DeployCommand.RunInOwnProcessAsync(
            machine.Environment,
            "images", "--arch", "x64", "--base-image", missing, "--manifest", manifest);
        Assert.Equal(1, exitCode);
        Assert.Contains("The image small was not built: ", said);
        Assert.Single(said.Split('\n'), line => line.Contains("nothing", StringComparison.Ordinal));
    }

    private async Task<string> WriteAsync(string file, string text)
    {
        var path = Path.Combine(_folder.FullName, file);
        await File.WriteAllTextAsync(path, text, TestContext.Current.CancellationToken);
        return path;
    }
}

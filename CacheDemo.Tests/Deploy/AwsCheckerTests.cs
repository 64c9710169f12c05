using CacheDemo.Tests.Support;

namespace CacheDemo.Tests.Deploy;

/// <summary>aws-cdk-lib, which knows the resource types of AWS, finds nothing in the template, and would find mistakes.</summary>
public sealed class AwsCheckerTests(AwsChecker checker) : IClassFixture<AwsChecker>, IDisposable
{
    private static readonly string Committed = Path.Combine(CommandLine.Root, "deploy", "aws", "cachedemo.yaml");

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("cachedemo-aws-");

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public async Task It_finds_nothing_in_the_committed_template() => Assert.Equal("", (await checker.CheckAsync(Committed)).Succeeded());

    [Fact]
    public async Task It_finds_nothing_in_the_template_of_another_manifest()
    {
        (await DeployCommand.RunAsync("aws", "--manifest", AwsTests.Larger, "--output", _folder.FullName)).Succeeded();
        Assert.Equal("", (await checker.CheckAsync(Path.Combine(_folder.FullName, "cachedemo.yaml"))).Succeeded());
    }

    [Theory]
    [InlineData("TransitEncryptionEnabled: true", "TransitEncryptionEnabld: true", "'TransitEncryptionEnabld' was unexpected")]
    [InlineData("ReadonlyRootFilesystem: true", "ReadOnlyRootFilesystem: true", "'ReadOnlyRootFilesystem' was unexpected")]
    [InlineData("TransitEncryptionEnabled: true", "TransitEncryptionEnabled: perhaps", "Expected 'true' or 'false' for boolean value, got: 'perhaps'")]
    [InlineData("RetentionInDays: 14", "RetentionInDays: [14]", "retentionInDays: [14] should be a number")]
    [InlineData("ValueFrom: !Ref ElastiCacheToken", "ValueFrom: !Ref ElastiCacheTokn", "'ElastiCacheTokn' not found")]
    [InlineData("!GetAtt ApiLogs.Arn", "!GetAtt ApiLogs.Arm", "'Arm' is not one of ['Arn']")]
    [InlineData("Type: AWS::ECS::Cluster", "Type: AWS::ECS::Clustr", "Unknown resource type 'AWS::ECS::Clustr'")]
    public async Task It_would_find_a_mistake(string right, string wrong, string said)
    {
        var template = await File.ReadAllTextAsync(Committed, TestContext.Current.CancellationToken);
        Assert.Contains(right, template);
        var path = Path.Combine(_folder.FullName, "mistaken.yaml");
        await File.WriteAllTextAsync(path, template.Replace(right, wrong, StringComparison.Ordinal), TestContext.Current.CancellationToken);

        var (exitCode, output) = await checker.CheckAsync(path);
        Assert.Equal(1, exitCode);
        Assert.Contains(said, output);
    }
}

/// <summary>Installs the checker once, beside the tests.</summary>
public sealed class AwsChecker
{
    private static readonly string Folder = Path.Combine(CommandLine.Root, "CacheDemo.Tests", "Deploy", "Checker");

    private readonly Lazy<Task<string>> _modules = new(InstallAsync);

    internal async Task<Finished> CheckAsync(string template)
    {
        var node = Tools.Require("NODE", "node");
        var surroundings = new Dictionary<string, string> { ["NODE_PATH"] = await _modules.Value };
        return await Finished.RunAsync(node, [Path.Combine(Folder, "check.js"), template], surroundings, Folder);
    }

    private static async Task<string> InstallAsync()
    {
        var npm = Tools.Require("NPM", "npm");
        var installed = Directory.CreateDirectory(Path.Combine(AppContext.BaseDirectory, "aws-checker")).FullName;
        File.Copy(Path.Combine(Folder, "package.json"), Path.Combine(installed, "package.json"), overwrite: true);

        var (exitCode, output) = await Finished.RunAsync(
            npm, ["install", "--prefer-offline", "--ignore-scripts", "--no-audit", "--no-fund"], new Dictionary<string, string>(), installed);
        Assert.SkipWhen(exitCode != 0 && Environment.GetEnvironmentVariable("CI") is not { Length: > 0 }, $"aws-cdk-lib could not be installed: {output}");
        Assert.True(exitCode == 0, output);
        return Path.Combine(installed, "node_modules");
    }
}

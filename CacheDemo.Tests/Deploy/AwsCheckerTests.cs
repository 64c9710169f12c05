using CacheDemo.Tests.Support;

namespace CacheDemo.Tests.Deploy;

/// <summary>
/// A checker with the resource types of AWS finds nothing in the template, and would find errors.
/// </summary>
public sealed class AwsCheckerTests : IDisposable
{
    private static readonly string
        Committed = Path.Combine(CommandLine.Root, "deploy", "aws", "cachedemo.yaml"),
        Checker = Path.Combine(CommandLine.Root, "CacheDemo.Tests", "Deploy", "Checker");

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("cachedemo-aws-");

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public async Task It_finds_nothing_in_the_committed_template() =>
        Assert.Equal("", (await CheckAsync(Committed)).Succeeded());

    [Fact]
    public async Task It_finds_nothing_in_the_template_of_another_manifest()
    {
        (await DeployCommand.RunAsync("aws", "--manifest", AwsTests.Larger, "--output", _folder.FullName)).Succeeded();
        Assert.Equal("", (await CheckAsync(Path.Combine(_folder.FullName, "cachedemo.yaml"))).Succeeded());
    }

    [Theory]
    [InlineData(
        "TransitEncryptionEnabled: true",
        "TransitEncryptionEnabld: true",
        "ElastiCache: there is no property 'TransitEncryptionEnabld'")]
    [InlineData(
        "ReadonlyRootFilesystem: true",
        "ReadOnlyRootFilesystem: true",
        "ContainerDefinitions[0]: there is no property 'ReadOnlyRootFilesystem'")]
    [InlineData(
        "TransitEncryptionEnabled: true",
        "TransitEncryptionEnabled: perhaps",
        "\"perhaps\" is not of type boolean")]
    [InlineData("RetentionInDays: 14", "RetentionInDays: [14]", "[14] is not of type integer")]
    [InlineData("ValueFrom: !Ref ElastiCacheToken", "ValueFrom: !Ref ElastiCacheTokn", "there is no 'ElastiCacheTokn'")]
    [InlineData("!GetAtt ApiLogs.Arn", "!GetAtt ApiLogs.Arm", "AWS::Logs::LogGroup has no attribute 'Arm'")]
    [InlineData("${ElastiCacheToken}", "${ElastiCacheTokn}", "there is no 'ElastiCacheTokn'")]
    [InlineData("SubnetIds: !Ref PrivateSubnets", "# SubnetIds", "ElastiCacheSubnets: 'SubnetIds' is missing")]
    [InlineData("!If [UsesToken,", "!If [UsesTokn,", "there is no condition 'UsesTokn'")]
    [InlineData("Type: AWS::ECS::Cluster", "Type: AWS::ECS::Clustr", "there is no resource type 'AWS::ECS::Clustr'")]
    public async Task It_would_find_an_error(string right, string wrong, string said)
    {
        var template = await File.ReadAllTextAsync(Committed, TestContext.Current.CancellationToken);
        Assert.Contains(right, template);
        var path = Path.Combine(_folder.FullName, "mistaken.yaml");
        await File.WriteAllTextAsync(
            path,
            template.Replace(right, wrong, StringComparison.Ordinal),
            TestContext.Current.CancellationToken);

        var (exitCode, output) = await CheckAsync(path);
        Assert.Equal(1, exitCode);
        Assert.Contains(said, output);
    }

    // .ci/run installs what the checker needs: a registry can be unavailable, or slow, when the tests run.
    private static Task<Finished> CheckAsync(string template)
    {
        var node = Tools.Require("NODE", "node");
        Tools.RequireFolder(
            Path.Combine(Checker, "node_modules"),
            "the CloudFormation checker is not installed: npm install in CacheDemo.Tests/Deploy/Checker");
        return Finished.RunAsync(
            node,
            [Path.Combine(Checker, "check.js"), template],
            new Dictionary<string, string>(),
            Checker);
    }
}

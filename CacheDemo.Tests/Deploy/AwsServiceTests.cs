using System.Net;
using CacheDemo.Tests.Redis;
using CacheDemo.Tests.Support;

namespace CacheDemo.Tests.Deploy;

/// <summary>The services work with the environment that the AWS template gives them.</summary>
public class AwsServiceTests
{
    [Fact]
    public async Task The_API_signs_in_with_the_token()
    {
        const string Token = "TheTokenThatSecretsManagerMade0123456789";
        using var certificates = new Certificates();
        await using var redis = RedisServer.CreateWithTls(certificates, "--requirepass", Token);
        await redis.StartAsync();
        await ServesAsync("", redis.Port, certificates, ("{ElastiCacheToken}", Token));
    }

    [Fact]
    public async Task The_API_signs_in_as_an_IAM_identity()
    {
        await using var engine = new IamEngine();
        await engine.StartAsync();
        await ServesAsync(
            "CacheAuth=iam", engine.Server.Port, engine.Certificates,
            ("{ElastiCacheUser}", IamEngine.User), ("{ElastiCache}", IamEngine.Cache));
    }

    [Theory]
    [InlineData("api")]
    [InlineData("frontend")]
    public async Task The_health_check_of_a_container_reports_whether_it_serves(string name)
    {
        var command = AwsTests.Container(AwsTests.Stack(), name)["HealthCheck"]!["Command"]!
            .AsArray()
            .Select(word => $"{word}")
            .ToArray();
        Assert.Equal(["CMD", "dotnet"], command[..2]);
        var project = Path.GetFileNameWithoutExtension(command[2]);
        Assert.Equal($"/app/{project}.dll", command[2]); // where the SDK puts it in an image
        var folder = AppContext.BaseDirectory.Replace("CacheDemo.Tests", project, StringComparison.Ordinal);

        await using var service = name == "api"
            ? await ServiceProcess.StartApiAliveAsync("localhost:1", await OtlpReceiver.StartAsync())
            : await ServiceProcess.StartPageAsync(new Uri("http://localhost:1"));
        Assert.Equal(0, await AskAsync());
        service.Kill();
        Assert.Equal(1, await AskAsync());

        async Task<int> AskAsync() =>
            (
                await Finished.RunAsync(
                    "dotnet",
                    [Path.Combine(folder, $"{project}.dll"), .. command[3..]],
                    new Dictionary<string, string> { ["HTTP_PORTS"] = $"{service.Client.BaseAddress!.Port}" },
                    folder)
            ).ExitCode;
    }

    // Starts the API with the environment of its container; values that are known only in AWS are replaced.
    private static async Task ServesAsync(
        string parameters,
        int port,
        Certificates certificates,
        params (string InAws, string Here)[] known)
    {
        var container = AwsTests.Container(AwsTests.Stack(parameters), "api");
        var environment = AwsTests
            .EnvironmentOf(container)
            .Select(variable => (Name: variable.Key, variable.Value))
            .Concat(
                container["Secrets"]!
                    .AsArray()
                    .Select(secret => (Name: $"{secret!["Name"]}", Value: $"{secret["ValueFrom"]}")))
            .Select(variable =>
                (
                    variable.Name,
                    Value: known
                        .Append(
                            (
                                InAws: "{ElastiCache.PrimaryEndPoint.Address}:{ElastiCache.PrimaryEndPoint.Port}",
                                Here: $"localhost:{port}"))
                        .Aggregate(
                            variable.Value,
                            (value, pair) => value.Replace(pair.InAws, pair.Here, StringComparison.Ordinal))))
            .ToArray();
        Assert.DoesNotContain(environment, variable => variable.Value.Contains('{'));

        var redis = environment.Single(variable => variable.Name == "ConnectionStrings__redis").Value;
        await using var api = await ServiceProcess.StartApiAsync(redis, null,
        [
            .. environment.Where(variable => variable.Name is not ("ConnectionStrings__redis" or "OTEL_SERVICE_NAME")),
            ("Redis__CertificateAuthority", certificates.Authority), // ElastiCache's are a public authority's
            // ECS gives those of a role to the AWS SDK in its own way.
            ("AWS_ACCESS_KEY_ID", IamEngine.AccessKey), ("AWS_SECRET_ACCESS_KEY", IamEngine.SecretKey),
        ]);
        Assert.Equal(HttpStatusCode.OK, (await api.Client.PostAsync("/set", new { key = "aws", value = "x" })).Status);
    }
}

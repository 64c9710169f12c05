using System.Text.Json;
using CacheDemo.Tests.Support;

namespace CacheDemo.Tests.Redis;

/// <summary>What the API signs in with turns up nowhere, whether it is accepted or refused and however much is logged.</summary>
[Collection<JourneyCollection>]
public class SecretsTests
{
    private const string Secret = "hunter2-of-this-test";

    [Theory]
    [InlineData("localhost:{port},ssl=true,password=" + Secret)]
    [InlineData("rediss://:" + Secret + "@localhost:{port}")]
    [InlineData("rediss://somebody:" + Secret + "@localhost:{port}")]
    [InlineData("rediss://localhost:{port}", "Redis__PasswordFile={file}")]
    [InlineData(
        "rediss://localhost:{port}", "ElastiCache__Iam__User=u", "ElastiCache__Iam__Cache=c", "AWS_REGION=r",
        "AWS_ACCESS_KEY_ID=AKIDEXAMPLE", "AWS_SECRET_ACCESS_KEY=" + Secret, "AWS_SESSION_TOKEN=" + Secret)]
    public async Task Not_in_logs_traces_metrics_or_answers(string connectionString, params string[] options)
    {
        var file = Path.GetTempFileName();
        await File.WriteAllTextAsync(file, Secret, TestContext.Current.CancellationToken);
        using var certificates = new Certificates();
        await using var redis = RedisServer.CreateWithTls(certificates, "--requirepass", Secret, "--user", "somebody", "on", $">{Secret}", "~*", "&*", "+@all");
        await redis.StartAsync();
        await using var told = await OtlpReceiver.StartAsync();
        var output = "";

        // Accepted (but IAM's), refused, and its certificate not trusted.
        foreach (var (password, authority) in new[] { (Secret, certificates.Authority), ($"not-{Secret}", certificates.Authority), (Secret, "") })
        {
            await File.WriteAllTextAsync(file, password, TestContext.Current.CancellationToken);
            await using var api = await ServiceProcess.StartApiAliveAsync(
                connectionString.Replace("{port}", $"{redis.Port}").Replace(Secret, password),
                told,
                [
                    .. options.Select(option => option.Replace("{file}", file).Split('=', 2)).Select(pair => (pair[0], pair[1])),
                    ("Redis__CertificateAuthority", authority),
                    ("OTEL_BLRP_SCHEDULE_DELAY", "100"), ("Logging__LogLevel__Default", "Trace"), ("Logging__LogLevel__StackExchange.Redis", "Trace"),
                    ("Logging__LogLevel__Microsoft.Extensions.Diagnostics.HealthChecks", "Trace"), ("ASPNETCORE_ENVIRONMENT", "Development"),
                ]);

            foreach (var path in new[] { "/get/x", "/ttl/x", "/keys", "/stats", "/health", "/openapi/v1.json" })
                output += await AnswerAsync(api.Client.GetAnswerAsync(path));
            output += await AnswerAsync(api.Client.PostAsync("/set", new { key = "x", value = "x" }));
            await Eventually.TrueAsync(() => Task.FromResult(api.Output.Contains("Redis is ", StringComparison.Ordinal)), "the API says how Redis is");
            await Eventually.TrueAsync(() => Task.FromResult(told.Spans.Count > 0 && told.Logs.Count > 0 && told.Metrics.Count > 0), "telemetry has come");
            output += api.Output;
        }

        output += JsonSerializer.Serialize(new { told.Spans, told.Logs, told.Metrics });

        Assert.Contains("Redis is away", output);
        Assert.DoesNotContain(Secret, output);
        Assert.DoesNotContain("X-Amz-Signature", output);
    }

    private static async Task<string> AnswerAsync(Task<Http.Answer> asked)
    {
        var answer = await asked;
        return $"{answer.Response}\n{answer.Body}\n";
    }
}

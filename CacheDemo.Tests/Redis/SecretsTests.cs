using System.Net;
using System.Text;
using System.Text.Json;
using CacheDemo.Tests.Support;

namespace CacheDemo.Tests.Redis;

/// <summary>The credentials of the API appear nowhere, whatever fails and however much is logged.</summary>
public class SecretsTests
{
    private const string Secret = "hunter2-of-this-test", Administrator = "the-administrator-of-this-test";

    private readonly StringBuilder _cameOut = new();

    [Theory]
    [InlineData("localhost:{port},ssl=true,user=somebody,password=" + Secret)]
    [InlineData("rediss://:" + Secret + "@localhost:{port}")]
    [InlineData("rediss://somebody:" + Secret + "@localhost:{port}")]
    [InlineData("localhost:{port},ssl=true,user=somebody", "Redis__PasswordFile={file}")]
    [InlineData("localhost:{port},ssl=true,user=somebody", "Redis__Password={password}")]
    [InlineData(
        "rediss://localhost:{port}", "ElastiCache__Iam__User=iam", "ElastiCache__Iam__Cache=c", "AWS_REGION=r",
        "AWS_ACCESS_KEY_ID=AKIDEXAMPLE", "AWS_SECRET_ACCESS_KEY=" + Secret, "AWS_SESSION_TOKEN=" + Secret)]
    public async Task Not_in_logs_traces_metrics_or_answers(string connectionString, params string[] options)
    {
        var file = Path.GetTempFileName();
        await File.WriteAllTextAsync(file, Secret, TestContext.Current.CancellationToken);
        using var certificates = new Certificates();
        await using var redis = RedisServer.CreateWithTls(
            certificates, "--enable-debug-command", "local", "--key-load-delay", "0",
            "--user", "administrator", "on", $">{Administrator}", "~*", "&*", "+@all",
            "--user", "default", "on", $">{Secret}", "~*", "&*", "+@all",
            "--user", "somebody", "on", $">{Secret}", "~*", "&*", "+@all",
            "--user", "iam", "on", "nopass", "~*", "&*", "+@all");
        await redis.StartAsync();
        await using var network = Network.To(redis);
        await using var telemetry = await OtlpReceiver.StartAsync();

        async Task<Service> StartAsync(string password, string host, string authority)
        {
            var redisAt = connectionString
                .Replace("localhost:{port}", $"{host}:{network.Port}").Replace(Secret, password);
            (string Name, string Value)[] all =
            [
                .. options
                    .Select(option => option.Replace("{file}", file).Replace("{password}", password).Split('=', 2))
                    .Select(pair => (pair[0], pair[1])),
                ("Redis__CertificateAuthority", authority),
                ("Logging__LogLevel__Default", "Trace"),
                ("Logging__LogLevel__StackExchange.Redis", "Trace"),
                ("Logging__LogLevel__Microsoft.Extensions.Diagnostics.HealthChecks", "Trace"),
                ("ASPNETCORE_ENVIRONMENT", "Development"),
            ];
            // The AWS SDK reads its credentials from the environment of the process.
            return all.Any(option => option.Name.StartsWith("AWS_", StringComparison.Ordinal))
                ? await ServiceProcess.StartApiAliveAsync(redisAt, telemetry, all)
                : await Service.StartApiAliveAsync(redisAt, [.. telemetry.Settings, .. all]);
        }

        await using (var api = await StartAsync(Secret, "localhost", certificates.Authority))
        {
            await AskAllAsync(api, serves: true);
            foreach (var (breakIt, mendIt) in Ways(redis, network, certificates))
            {
                await breakIt();
                await AskAllAsync(api, serves: false);
                await mendIt();
                await AskAllAsync(api, serves: true);
            }

            _cameOut.Append(api.Output);
        }

        // Refused, its certificate not trusted, its name unknown.
        foreach (
            var (password, host, authority) in new[]
            {
                ($"not-{Secret}", "localhost", certificates.Authority),
                (Secret, "localhost", ""),
                (Secret, "nowhere.invalid", certificates.Authority),
            })
        {
            await File.WriteAllTextAsync(file, password, TestContext.Current.CancellationToken);
            await using var api = await StartAsync(password, host, authority);
            // IAM's user has any password.
            await AskAllAsync(
                api,
                serves: password != Secret
                    && connectionString.StartsWith("rediss://localhost", StringComparison.Ordinal)
            );
            _cameOut.Append(api.Output);
        }

        await Eventually.TrueAsync(
            () => Task.FromResult(telemetry.Spans.Count > 0 && telemetry.Logs.Count > 0 && telemetry.Metrics.Count > 0),
            "telemetry has come");
        _cameOut.Append(
            JsonSerializer.Serialize(
                new
                {
                    telemetry.Spans,
                    telemetry.Logs,
                    telemetry.Metrics,
                }));

        var output = _cameOut.ToString();
        foreach (var reason in new[] { "unreachable", "timeout", "out_of_memory", "no_permission" })
            Assert.Contains($"\"reason\":\"{reason}\"", output);
        Assert.Contains("Redis is away", output);
        Assert.DoesNotContain(Secret, output);
        Assert.DoesNotContain("X-Amz-Signature", output);
        Assert.DoesNotContain("X-Amz-Security-Token", output);
    }

    // As in BreaksTests.
    private static (Func<Task> BreakIt, Func<Task> MendIt)[] Ways(
        RedisServer redis,
        Network network,
        Certificates certificates)
    {
        async Task AdministrateAsync(params string[] command)
        {
            using var client = await certificates.ConnectAsync(redis, Administrator, "administrator");
            await client.GetServers()[0].ExecuteAsync(command[0], [.. command[1..]]);
        }

        static Func<Task> Now(Action act) => () =>
        {
            act();
            return Task.CompletedTask;
        };

        return
        [
            (Now(() => { network.Resets = true; network.Reset(); }), Now(() => network.Resets = false)),
            (Now(network.Forget), Now(() => { })),
            (Now(() => network.Delay = TimeSpan.FromSeconds(1)), Now(() => network.Delay = TimeSpan.Zero)),
            (Now(redis.Pause), Now(redis.Resume)),
            (Now(redis.Kill), redis.StartAsync),
            (
                () => AdministrateAsync("CONFIG", "SET", "maxmemory", "1"),
                () => AdministrateAsync("CONFIG", "SET", "maxmemory", "0")),
            (
                () => AdministrateAsync("REPLICAOF", "127.0.0.1", "1"),
                () => AdministrateAsync("REPLICAOF", "NO", "ONE")),
            (
                async () =>
                {
                    foreach (var user in new[] { "default", "somebody", "iam" })
                        await AdministrateAsync("ACL", "SETUSER", user, "resetkeys");
                },
                async () =>
                {
                    foreach (var user in new[] { "default", "somebody", "iam" })
                        await AdministrateAsync("ACL", "SETUSER", user, "~*");
                }
            ),
        ];
    }

    // Until a set has the expected status: 200 or 503.
    private async Task AskAllAsync(Service api, bool serves)
    {
        await Eventually.TrueAsync(
            async () =>
                await AskAsync(api.Client.PostAsync("/set", new { key = "x", value = "x" }))
                == (serves ? HttpStatusCode.OK : HttpStatusCode.ServiceUnavailable),
            serves ? "it serves" : "it fails",
            also: () => api.Output);
        foreach (var path in new[] { "/get/x", "/ttl/x", "/keys", "/stats", "/health", "/openapi/v1.json" })
            await AskAsync(api.Client.GetAnswerAsync(path));
        await AskAsync(api.Client.SendRawAsync(HttpMethod.Delete, "/delete/x"));
    }

    private async Task<HttpStatusCode> AskAsync(Task<Http.Answer> asked)
    {
        var answer = await asked;
        _cameOut.AppendLine($"{answer.Response}\n{answer.Body}");
        return answer.Status;
    }
}

using System.Net;
using CacheDemo.Tests.Support;

namespace CacheDemo.Tests.Redis;

/// <summary>How the API authenticates to Redis, and which certificates it trusts.</summary>
public class SignInTests
{
    [Fact]
    public async Task A_password_that_is_rotated_is_read_again_at_the_next_connection()
    {
        var file = Path.GetTempFileName();
        await File.WriteAllTextAsync(file, "the first\n", TestContext.Current.CancellationToken);
        await using var redis = RedisServer.Create("--requirepass", "the first");
        await redis.StartAsync();
        await using var telemetry = await OtlpReceiver.StartAsync();
        await using var api = await ServiceProcess.StartApiAsync(
            redis.Endpoint, telemetry, ("Redis__PasswordFile", file));

        await RotateAsync("the first", "the second");
        await api.SaysAsync("Redis is away: the user or the password is refused");
        Assert.Equal(HttpStatusCode.ServiceUnavailable, (await SetAsync(api)).Status);

        File.Delete(file);
        await api.SaysAsync($"Redis is away: Redis:PasswordFile={file} cannot be read (FileNotFoundException)");

        await File.WriteAllTextAsync(file, "the second", TestContext.Current.CancellationToken);
        await ServesAsync(api);

        async Task RotateAsync(string from, string to)
        {
            using var client = await StackExchange.Redis.ConnectionMultiplexer.ConnectAsync(
                $"{redis.Endpoint},allowAdmin=true,password={from}");
            var server = client.GetServers()[0];
            await server.ConfigSetAsync("requirepass", to);
            await server.ExecuteAsync("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes");
        }
    }

    [Theory]
    [InlineData("")]
    [InlineData(",password=another")]
    public async Task A_separate_password_overrides_that_of_the_connection_string(string rest)
    {
        await using var redis = RedisServer.Create("--requirepass", "p,a s=s");
        await redis.StartAsync();
        await using var telemetry = await OtlpReceiver.StartAsync();
        await using var api = await ServiceProcess.StartApiAsync(
            redis.Endpoint + rest,
            telemetry,
            ("Redis__Password", "p,a s=s"));
        Assert.Equal(HttpStatusCode.OK, (await SetAsync(api)).Status);
    }

    [Fact]
    public async Task With_IAM_open_connections_authenticate_again_and_stay_open()
    {
        await using var engine = new IamEngine();
        await using var api = await StartAsync(engine, ("ElastiCache__Iam__ReauthenticateAfter", "00:00:01"));

        using var redis = await engine.ConnectAsync();
        async Task<(long SignIns, string Connections)> CountAsync()
        {
            var info = (await redis.GetServers()[0].InfoAsync("all"))
                .SelectMany(group => group)
                .ToLookup(pair => pair.Key, pair => pair.Value);
            return (
                long.Parse(info["cmdstat_auth"].Single().Split('=', ',')[1]),
                info["total_connections_received"].Single());
        }

        var before = await CountAsync();
        await Eventually.TrueAsync(
            async () => (await CountAsync()).SignIns >= before.SignIns + 3,
            "it signs in three times more");
        Assert.Equal(before.Connections, (await CountAsync()).Connections);
        Assert.DoesNotContain("could not sign in again", api.Output);
    }

    [Fact]
    public async Task With_IAM_the_connection_for_subscriptions_is_reconnected_when_it_is_cut()
    {
        await using var engine = new IamEngine();
        await using var api = await StartAsync(engine);
        await using var feed = await FeedViewer.OpenAsync(api.Client, "/events");
        await SetAsync(api);
        await feed.SeesAsync("set", "signed-in");

        using var redis = await engine.ConnectAsync();
        await redis.GetServers()[0].ExecuteAsync("CLIENT", "KILL", "TYPE", "pubsub");
        var seen = feed.Events.Count(e => e.Type == "set");
        await Eventually.TrueAsync(
            async () =>
            {
                await SetAsync(api);
                return feed.Events.Count(e => e.Type == "set") > seen + 1;
            },
            "the feed goes on");
    }

    [Fact]
    public async Task With_IAM_a_refused_token_is_reported_and_the_connection_stays_open_until_it_is_cut()
    {
        await using var engine = new IamEngine();
        await using var api = await StartAsync(engine, ("ElastiCache__Iam__ReauthenticateAfter", "00:00:01"));
        using var redis = await engine.ConnectAsync();
        await redis.GetServers()[0].ExecuteAsync("ACL", "SETUSER", IamEngine.User, "resetpass", ">no token");

        await api.SaysAsync("could not sign in again: the user or the password is refused");
        Assert.Equal(HttpStatusCode.OK, (await SetAsync(api)).Status);
    }

    [Fact]
    public async Task A_certificate_of_an_untrusted_authority_is_refused()
    {
        await using var engine = new PasswordEngine();
        await engine.StartAsync();
        await using var telemetry = await OtlpReceiver.StartAsync();
        await using var api = await ServiceProcess.StartApiAliveAsync(engine.ConnectionString, telemetry);

        await api.SaysAsync("Redis is away: its certificate is not from an authority that this machine trusts");
        Assert.Equal(HttpStatusCode.ServiceUnavailable, (await SetAsync(api)).Status);
    }

    [Fact]
    public async Task A_certificate_of_another_authority_or_for_another_name_is_refused()
    {
        using var others = new Certificates();
        using var forAnother = new Certificates("another.example");
        await using var engine = new PasswordEngine();
        await engine.StartAsync();
        await using var misnamed = RedisServer.CreateWithTls(forAnother);
        await misnamed.StartAsync();
        await using var telemetry = await OtlpReceiver.StartAsync();

        foreach (var (connectionString, authority) in new[]
        {
            (engine.ConnectionString, others.Authority),
            ($"rediss://localhost:{misnamed.Port}", forAnother.Authority),
        })
        {
            await using var api = await ServiceProcess.StartApiAliveAsync(
                connectionString, telemetry, ("Redis__CertificateAuthority", authority));
            await api.SaysAsync(
                "Redis is away: its certificate is not from Redis:CertificateAuthority, or is for another name");
            Assert.Equal(HttpStatusCode.ServiceUnavailable, (await SetAsync(api)).Status);
        }
    }

    private static async Task<ServiceProcess> StartAsync(Engine engine, params (string Name, string Value)[] options)
    {
        await engine.StartAsync();
        var settings = engine.Settings.Select(setting => (setting.Key.Replace(":", "__"), setting.Value));
        var surroundings = engine.Surroundings.Select(variable => (variable.Key, variable.Value));
        return await ServiceProcess.StartApiAsync(
            engine.ConnectionString,
            telemetry: null,
            [.. settings, .. surroundings, .. options]);
    }

    private static Task<Http.Answer> SetAsync(ServiceProcess api) =>
        api.Client.PostAsync("/set", new { key = "signed-in", value = "x" });

    private static Task ServesAsync(ServiceProcess api) =>
        Eventually.TrueAsync(
            async () => (await SetAsync(api)).Status == HttpStatusCode.OK,
            "the API serves",
            TimeSpan.FromSeconds(5),
            () => api.Output);
}

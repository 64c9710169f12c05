using System.Net;
using System.Net.Sockets;
using System.Text;
using CacheDemo.Tests.Support;
using StackExchange.Redis;
using static Microsoft.Playwright.Assertions;

namespace CacheDemo.Tests.Redis;

/// <summary>
/// A connection is used once its user, database and permission for channels are verified.
/// </summary>
public class ConnectionTests(Chromium chromium) : BrowserTests(chromium)
{
    private static readonly string[] LikeElastiCache = ["--rename-command", "CONFIG", ""];

    [Theory]
    [InlineData("{0},defaultDatabase=99", false, "SELECT 99 is refused: this Redis has no such database.")]
    [InlineData("redis://{0}/99", false, "SELECT 99 is refused: this Redis has no such database.")]
    [InlineData("redis://{0}/3", true, "SELECT 3 is refused: this Redis has no such database.")]
    [InlineData("{0},defaultDatabase=3", true, "SELECT 3 is refused: this Redis has no such database.")]
    public async Task A_missing_database_fails_the_start_with_one_line(
        string connectionString,
        bool withoutConfig,
        string problem)
    {
        await using var redis = RedisServer.Create([
            .. withoutConfig ? LikeElastiCache : [],
            .. withoutConfig ? ["--databases", "1"] : Array.Empty<string>()]);
        await redis.StartAsync();

        var (exitCode, said) = await ProgramInside.FailToStartAsync(
            "CacheDemo.Api", ("ConnectionStrings__redis", string.Format(null, connectionString, redis.Endpoint)));

        Assert.Equal($"The Redis connection string is wrong: {problem}", said.Trim());
        Assert.Equal(1, exitCode);
        using var client = await redis.ConnectAsync();
        Assert.Equal(0L, (long)await client.GetDatabase().ExecuteAsync("DBSIZE"));
    }

    [Fact]
    public async Task A_database_number_with_a_cluster_fails_the_start_with_one_line()
    {
        await using var cluster = new ClusterEngine();
        await cluster.StartAsync();

        var (exitCode, said) = await ProgramInside.FailToStartAsync(
            "CacheDemo.Api", ("ConnectionStrings__redis", $"{cluster.ConnectionString},defaultDatabase=5"));

        Assert.Equal(
            "The Redis connection string is wrong: Database 5 is named, and a cluster has database 0 only.",
            said.Trim());
        Assert.Equal(1, exitCode);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_database_that_no_longer_exists_answers_503_until_it_does_and_nothing_is_written_elsewhere(
        bool withoutConfig)
    {
        string[] arguments = withoutConfig ? LikeElastiCache : [];
        var port = Ports.Free();
        await using var large = RedisServer.CreateOn(port, [.. arguments, "--databases", "32"]);
        await using var small = RedisServer.CreateOn(port, arguments);
        await large.StartAsync();
        await using var api = await Service.StartApiAsync(
            $"{large.Endpoint},defaultDatabase=20");
        Assert.Equal(HttpStatusCode.OK, (await SetAsync(api)).Status);

        large.Kill();
        await small.StartAsync();
        await RefusesAsync(api, "no_database");
        await api.SaysAsync("Redis is away: SELECT 20 is refused: this Redis has no such database");
        Assert.Equal(HttpStatusCode.ServiceUnavailable, (await api.Client.GetAnswerAsync("/health")).Status);
        using (var client = await small.ConnectAsync())
            Assert.Equal(0L, (long)await client.GetDatabase().ExecuteAsync("DBSIZE"));

        small.Kill();
        await large.StartAsync();
        await ServesAsync(api);
    }

    [Theory]
    [InlineData("user=nobody,password=x")]
    [InlineData("user=default,password=another")]
    public async Task The_API_serves_only_as_the_configured_user(string user)
    {
        await using var redis = RedisServer.Create();
        await redis.StartAsync();
        using var client = await redis.ConnectAsync();
        if (user.StartsWith("user=default", StringComparison.Ordinal))
            await client.GetServers()[0].ExecuteAsync("ACL", "SETUSER", "default", "resetpass", ">another");
        await using var api = await Service.StartApiAliveAsync($"{redis.Endpoint},{user}");

        if (user.StartsWith("user=nobody", StringComparison.Ordinal))
        {
            await RefusesAsync(api, "not_authenticated");
            Assert.True(await client.GetDatabase().StringSetAsync("cachedemo:another", "x"));
            var flush = await api.Client.PostAsync("/keys/flush", new { });
            Assert.Equal(
                (HttpStatusCode.ServiceUnavailable, "not_applied"), (flush.Status, flush["outcome"].GetString()));
            Assert.True(await client.GetDatabase().KeyExistsAsync("cachedemo:another"));
            await api.SaysAsync("Redis is away: the user or the password is refused");
            await client.GetServers()[0].ExecuteAsync("ACL", "SETUSER", "nobody", "on", ">x", "~*", "&*", "+@all");
        }

        await ServesAsync(api);
    }

    [Fact]
    public async Task A_user_without_a_password_is_refused_at_the_start()
    {
        var (exitCode, said) = await ProgramInside.FailToStartAsync(
            "CacheDemo.Api",
            ("ConnectionStrings__redis", "localhost,user=nobody"));
        Assert.Equal(
            "The Redis connection string names a user and no password: give password=, Redis:Password or "
                + "Redis:PasswordFile.",
            said.Trim());
        Assert.Equal(1, exitCode);
    }

    [Fact]
    public async Task A_server_with_too_many_clients_is_reported_as_such()
    {
        await using var redis = RedisServer.Create("--maxclients", "1");
        await redis.StartAsync();
        // The client that checked whether it listens may still be connected.
        TcpClient? taken = null;
        await Eventually.TrueAsync(
            async () =>
            {
                taken?.Dispose();
                taken = new TcpClient();
                await taken.ConnectAsync(IPEndPoint.Parse(redis.Endpoint), TestContext.Current.CancellationToken);
                var answer = new byte[1];
                await taken.GetStream().WriteAsync("PING\r\n"u8.ToArray());
                return await taken.GetStream().ReadAsync(answer) == 1 && answer[0] == '+';
            },
            "the one place is taken");
        using var holding = taken;
        await using var api = await Service.StartApiAliveAsync(redis.Endpoint);
        await api.SaysAsync("Redis is away: Redis says: ERR max number of clients reached");
    }

    // A redis-server in protected mode sends this only to other machines.
    [Fact]
    public async Task An_error_that_Redis_sends_to_a_new_connection_is_reported()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        _ = RefuseAllAsync(
            listener,
            "-DENIED Redis is running in protected mode because protected mode is enabled. In this mode "
                + "connections are\r\n"
        );
        await using var api = await Service.StartApiAliveAsync($"{listener.LocalEndpoint}");
        await api.SaysAsync(
            "Redis is away: Redis says: DENIED Redis is running in protected mode because protected mode is "
                + "enabled. Commands"
        );
    }

    [Fact]
    public async Task A_server_that_hangs_is_distinguished_from_one_that_requires_TLS()
    {
        using var certificates = new Certificates();
        await using var withTls = RedisServer.CreateWithTls(certificates);
        await using var hanging = RedisServer.Create();
        await withTls.StartAsync();
        await hanging.StartAsync();
        hanging.Pause();
        await using var plain = await Service.StartApiAliveAsync($"localhost:{withTls.Port}");
        await using var waiting = await Service.StartApiAliveAsync(hanging.Endpoint);

        await plain.SaysAsync("it may want TLS (rediss://, ssl=true)");
        await waiting.SaysAsync("it accepts connections, and does not answer: it hangs");
        hanging.Resume();
        await ServesAsync(waiting);
    }

    [Fact]
    public async Task A_user_without_permission_for_channels_is_served_and_the_stream_reports_that_it_is_not_live()
    {
        await using var redis = RedisServer.Create();
        await redis.StartAsync();
        using var client = await redis.ConnectAsync();
        await client
            .GetServers()[0]
            .ExecuteAsync("ACL", "SETUSER", "app", "on", ">pw", "~cachedemo*", "resetchannels", "+@all");
        await using var api = await Service.StartApiAsync(
            $"{redis.Endpoint},user=app,password=pw");
        await using var feed = await FeedViewer.OpenAsync(api.Client, "/events");

        Assert.Equal(HttpStatusCode.OK, (await SetAsync(api)).Status);
        var state = (await feed.SeesAsync(e => e.Name == "state" && !e["live"].GetBoolean(), "that it is not live"))[
            ^1
        ];
        Assert.Equal("connected", state["redis"].GetString());
        Assert.Contains("right to the channels", state["notLiveReason"].GetString());
        await api.SaysAsync("(broadcasting events): Redis denies the user the right to the channels that it needs.");

        await using var host = await Service.StartPageAsync(api.Client.BaseAddress!);
        var page = await Browser.OpenAsync(host.Client.BaseAddress!);
        await Expect(page.GetByTestId("activity-state")).ToHaveTextAsync("not live");

        await client.GetServers()[0].ExecuteAsync("ACL", "SETUSER", "app", "allchannels");
        await Expect(page.GetByTestId("activity-state")).ToHaveTextAsync("live", new() { Timeout = 20_000 });
        await feed.SeesAsync(
            e => e.Name == "state" && e["live"].GetBoolean() && e["redis"].GetString() == "connected",
            "that it is live");
        await SetAsync(api);
        await feed.SeesAsync("set", "connected");

        // Redis closes the connection of a subscriber whose permission is revoked.
        await client.GetServers()[0].ExecuteAsync("ACL", "SETUSER", "app", "resetchannels");
        await feed.SeesAsync(e => e.Name == "state" && !e["live"].GetBoolean(), "that it is not live again", count: 2);
    }

    [Theory]
    [InlineData("allowAdmin=false", "/stats")]
    [InlineData("$INFO=", "/stats")]
    [InlineData("$SCAN=", "/keys")]
    [InlineData("$GET=", "/get/connected")]
    [InlineData("$PTTL=", "/ttl/connected")]
    public async Task A_command_that_the_connection_string_disables_is_503_with_the_reason(string option, string path)
    {
        await using var redis = RedisServer.Create();
        await redis.StartAsync();
        await using var api = await Service.StartApiAliveAsync($"{redis.Endpoint},{option}");
        await SetAsync(api);

        var answer = await api.Client.GetAnswerAsync(path);
        Assert.Equal(
            (HttpStatusCode.ServiceUnavailable, "command_disabled"),
            (answer.Status, answer["reason"].GetString()));
    }

    [Fact]
    public async Task A_cluster_without_admin_commands_serves_all_but_what_needs_them()
    {
        await using var cluster = new ClusterEngine();
        await cluster.StartAsync();
        await using var api = await Service.StartApiAliveAsync(
            $"{cluster.ConnectionString},allowAdmin=false");

        Assert.Equal(HttpStatusCode.OK, (await SetAsync(api)).Status);
        foreach (var path in new[] { "/stats", "/keys", "/get/connected", "/ttl/connected" })
        {
            var answer = await api.Client.GetAnswerAsync(path);
            Assert.True(
                answer.Status is HttpStatusCode.OK || answer["reason"].GetString() == "command_disabled",
                $"{path}: {answer.Status} {answer.Body}");
        }
    }

    [Theory]
    [InlineData("TIME")]
    [InlineData("ZADD", "HINCRBY", "PUBLISH")]
    [InlineData("ZCARD", "ZRANGEBYSCORE", "ZREM", "HGETALL")]
    [InlineData("INFO", "SCAN")]
    [InlineData("SUBSCRIBE", "UNSUBSCRIBE")]
    [InlineData("AUTH", "SELECT", "PING", "QUIT", "CLIENT")]
    public async Task Background_work_survives_commands_that_cannot_be_sent(params string[] commands)
    {
        await using var redis = RedisServer.Create("--notify-keyspace-events", "Ex");
        await redis.StartAsync();
        await using var api = await Service.StartApiAliveAsync(
            $"{redis.Endpoint},{string.Join(',', commands.Select(command => $"${command}="))}");

        await AsksAllAsync(api, TimeSpan.FromSeconds(2));
        Assert.True(await api.Client.AnswersAsync("/alive"), api.Output);
        Assert.True(api.Output.Split('\n').Length < 100, api.Output);
        Assert.DoesNotContain("   at ", api.Output);
    }

    [Theory]
    [InlineData("instances")]
    [InlineData("stats")]
    [InlineData("lives")]
    public async Task Background_work_survives_an_internal_key_with_another_value(string name)
    {
        await using var redis = RedisServer.Create("--notify-keyspace-events", "Ex");
        await redis.StartAsync();
        await using var api = await Service.StartApiAsync(redis.Endpoint);
        using var client = await redis.ConnectAsync();
        foreach (var key in client.GetServers()[0].Keys(pattern: $"*{name}*").ToArray())
        {
            await client.GetDatabase().KeyDeleteAsync(key);
            await client.GetDatabase().StringSetAsync(key, "somebody else's");
        }

        await client.GetSubscriber().PublishAsync(RedisChannel.Literal("cachedemo-own:feed"), "not JSON");
        await client.GetSubscriber().PublishAsync(RedisChannel.Literal("cachedemo-own:control"), "watch x");
        await AsksAllAsync(api, TimeSpan.FromSeconds(2));
        Assert.True(await api.Client.AnswersAsync("/alive"), api.Output);
        Assert.True(api.Output.Split('\n').Length < 100, api.Output);
        Assert.DoesNotContain("   at ", api.Output);
    }

    [Theory]
    [InlineData("SET {0} x", HttpStatusCode.ServiceUnavailable)]
    [InlineData("HSET {0} hits abc since -1", HttpStatusCode.OK)]
    [InlineData("HSET {0} hits 9223372036854775807 since 9223372036854775807", HttpStatusCode.OK)]
    public async Task Counters_that_another_client_overwrote_are_not_a_500_and_a_reset_repairs_them(
        string command,
        HttpStatusCode status)
    {
        await using var redis = RedisServer.Create();
        await redis.StartAsync();
        await using var api = await Service.StartApiAsync(redis.Endpoint);
        using var client = await redis.ConnectAsync();
        await client.GetDatabase().KeyDeleteAsync("cachedemo-own:stats");
        string[] words = string.Format(null, command, "cachedemo-own:stats").Split(' ');
        await client.GetDatabase().ExecuteAsync(words[0], [.. words[1..]]);

        Assert.Equal(status, (await api.Client.GetAnswerAsync("/stats")).Status);
        Assert.Equal(HttpStatusCode.NoContent, (await api.Client.SendRawAsync(HttpMethod.Post, "/stats/reset")).Status);
        Assert.Equal(HttpStatusCode.OK, (await api.Client.GetAnswerAsync("/stats")).Status);
    }

    // Requests every route, until the loops have run some times; none is a 500.
    private static async Task AsksAllAsync(Service api, TimeSpan during)
    {
        await using var feed = await FeedViewer.OpenAsync(api.Client, "/events?match=*&count=10");
        var until = DateTime.UtcNow + during;
        while (DateTime.UtcNow < until)
        {
            var answers = new List<Http.Answer> { await SetAsync(api) };
            foreach (var path in new[] { "/get/connected", "/ttl/connected", "/keys", "/stats" })
                answers.Add(await api.Client.GetAnswerAsync(path));
            answers.Add(await api.Client.PostAsync("/expire", new { key = "connected", ttl = 1 }));
            answers.Add(await api.Client.SendRawAsync(HttpMethod.Delete, "/delete/connected"));
            answers.Add(await api.Client.SendRawAsync(HttpMethod.Post, "/stats/reset"));
            answers.Add(await api.Client.SendRawAsync(HttpMethod.Post, "/keys/flush"));
            Assert.All(answers, answer => Assert.NotEqual(HttpStatusCode.InternalServerError, answer.Status));
        }
    }

    private static async Task RefuseAllAsync(TcpListener listener, string line)
    {
        while (await listener.AcceptTcpClientAsync() is { } client)
        {
            using (client)
                await client.GetStream().WriteAsync(Encoding.ASCII.GetBytes(line));
        }
    }

    private static Task<Http.Answer> SetAsync(Service api) =>
        api.Client.PostAsync("/set", new { key = "connected", value = "x" });

    private static Task RefusesAsync(Service api, string reason) =>
        Eventually.TrueAsync(
            async () =>
                await SetAsync(api) is { Status: HttpStatusCode.ServiceUnavailable } answer
                && answer["reason"].GetString() == reason,
            $"the API refuses: {reason}",
            also: () => api.Output);

    private static Task ServesAsync(Service api) =>
        Eventually.TrueAsync(
            async () => (await SetAsync(api)).Status == HttpStatusCode.OK,
            "the API serves",
            TimeSpan.FromSeconds(10),
            () => api.Output);
}

using StackExchange.Redis;

namespace CacheDemo.Tests.Support;

/// <summary>A Redis-compatible engine for the API, started for a test.</summary>
public abstract class Engine : IAsyncDisposable
{
    private readonly List<IAsyncDisposable> _processes = [];

    /// <summary>The connection string of the API.</summary>
    public string ConnectionString { get; protected set; } = "";

    /// <summary>Other settings of the system, such as <c>Redis:ReadFrom</c>.</summary>
    public virtual IReadOnlyDictionary<string, string> Settings { get; } = new Dictionary<string, string>();

    /// <summary>Other environment variables of the API.</summary>
    public virtual IReadOnlyDictionary<string, string> Surroundings { get; } = new Dictionary<string, string>();

    /// <summary>Whether it notifies of expired keys.</summary>
    public virtual bool Notifies => false;

    /// <summary>Waits until so many instances listen to the notifications of each server.</summary>
    public static Task AreListenedToAsync(IConnectionMultiplexer client, int instances) => Eventually.TrueAsync(
        async () =>
        {
            var channel = RedisChannel.Literal("__keyevent@0__:expired");
            try
            {
                var counts = await Task.WhenAll(
                    client.GetServers().Select(server => server.SubscriptionSubscriberCountAsync(channel)));
                return counts.All(count => count >= instances);
            }
            catch (RedisException)
            {
                return false;
            }
        },
        "notifications are listened to");

    /// <summary>Starts it; skips the test where a program is missing.</summary>
    public abstract Task StartAsync();

    public virtual async ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        foreach (var process in _processes)
            await process.DisposeAsync();
    }

    protected T Keep<T>(T process) where T : IAsyncDisposable
    {
        _processes.Add(process);
        return process;
    }
}

/// <summary>The embedded server, in this process.</summary>
public sealed class GarnetEngine : Engine
{
    public override async Task StartAsync()
    {
        var port = Ports.Free();
        var server = Keep(ProgramInside.Start("CacheDemo.Garnet", ("GARNET_PORT", $"{port}")));
        await Eventually.TrueAsync(() => Ports.AnswersAsync(port), "Garnet listens", also: () => server.Output);
        ConnectionString = $"127.0.0.1:{port}";
    }
}

/// <summary>A redis-server as it is without configuration: without notifications.</summary>
public class RedisEngine : Engine
{
    /// <summary>The server.</summary>
    public RedisServer Server { get; private set; } = null!;

    protected virtual string[] Arguments => [];

    public override async Task StartAsync()
    {
        Server = Keep(RedisServer.Create(Arguments));
        await Server.StartAsync();
        ConnectionString = Server.Endpoint;
    }
}

/// <summary>A redis-server that notifies.</summary>
public sealed class NotifyingRedisEngine : RedisEngine
{
    public override bool Notifies => true;

    protected override string[] Arguments => ["--notify-keyspace-events", "Ex"];
}

/// <summary>A cluster of three redis-servers that notify.</summary>
public class ClusterEngine : Engine
{
    public override bool Notifies => true;

    /// <summary>Its servers, in no order.</summary>
    public IReadOnlyList<RedisServer> Nodes { get; private set; } = [];

    /// <summary>How many replicas each of the three primaries has.</summary>
    protected virtual int Replicas => 0;

    /// <summary>The arguments of the nodes beside those that make them a cluster.</summary>
    protected virtual string[] Arguments => [];

    /// <summary>How redis-cli gets in.</summary>
    protected virtual string[] CliArguments => [];

    protected virtual RedisServer CreateNode(string[] arguments) => RedisServer.Create(arguments);

    protected virtual Task<ConnectionMultiplexer> ConnectAsync(RedisServer node) => node.ConnectAsync();

    public override async Task StartAsync()
    {
        var cli = Tools.Require("REDIS_CLI", "redis-cli");
        Nodes = [.. Enumerable.Range(0, 3 + (3 * Replicas)).Select(_ => Keep(CreateNode(
        [
            "--cluster-enabled", "yes", "--cluster-config-file", Path.GetTempFileName() + ".conf",
            "--notify-keyspace-events", "Ex",
            .. Arguments,
        ])))];
        await Task.WhenAll(Nodes.Select(node => node.StartAsync()));

        var created = await Finished.RunAsync(
            cli,
            [
                .. CliArguments, "--cluster", "create", .. Nodes.Select(node => node.Endpoint), "--cluster-yes",
                "--cluster-replicas", $"{Replicas}",
            ],
            new Dictionary<string, string>(),
            CommandLine.Root,
            TimeSpan.FromMinutes(1));
        Assert.Contains("All 16384 slots covered", created.Output);
        ConnectionString = string.Join(',', Nodes.Select(node => node.Endpoint));

        foreach (var node in Nodes)
        {
            using var redis = await ConnectAsync(node);
            await Eventually.TrueAsync(
                async () => $"{await redis
                    .GetServers().First(server => server.IsConnected).ExecuteAsync("CLUSTER", "INFO")}"
                    .Contains("cluster_state:ok", StringComparison.Ordinal),
                "the cluster is up");
        }
    }
}

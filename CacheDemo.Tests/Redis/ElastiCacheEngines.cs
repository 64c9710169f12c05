using CacheDemo.Tests.Support;
using StackExchange.Redis;

namespace CacheDemo.Tests.Redis;

/// <summary>
/// A redis-server that speaks TLS only, with a certificate of an authority that the machine does not trust.
/// </summary>
public abstract class TlsEngine : Engine
{
    /// <summary>The default user's password: the administrator's, where the API is another user.</summary>
    protected const string DefaultPassword = "AUTH,token/of:the@engine%";

    public Certificates Certificates { get; } = new();

    /// <summary>The server.</summary>
    public RedisServer Server { get; private set; } = null!;

    public override IReadOnlyDictionary<string, string> Settings => new Dictionary<string, string>
    {
        ["Redis:CertificateAuthority"] = Certificates.Authority,
    };

    protected virtual string[] Arguments => [];

    public override async Task StartAsync()
    {
        Server = Keep(RedisServer.CreateWithTls(Certificates, ["--requirepass", DefaultPassword, .. Arguments]));
        await Server.StartAsync();
        ConnectionString = $"rediss://localhost:{Server.Port}";
    }

    /// <summary>A client of the test's own that may do everything.</summary>
    public Task<ConnectionMultiplexer> ConnectAsync(string password = DefaultPassword) =>
        Certificates.ConnectAsync(Server, password);

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        Certificates.Dispose();
    }
}

/// <summary>As a node-based cluster with an AUTH token.</summary>
public sealed class PasswordEngine : TlsEngine
{
    public override async Task StartAsync()
    {
        await base.StartAsync();
        ConnectionString = $"rediss://:{Uri.EscapeDataString(DefaultPassword)}@localhost:{Server.Port}";
    }
}

/// <summary>As a cache with IAM: the user's passwords are the tokens of each second of the next minutes.</summary>
public class IamEngine : TlsEngine
{
    public const string User = "demo-user", Cache = "my-cache", Region = "eu-central-1",
        AccessKey = "AKIDEXAMPLE", SecretKey = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";

    public override IReadOnlyDictionary<string, string> Settings => new Dictionary<string, string>(base.Settings)
    {
        ["ElastiCache:Iam:User"] = UserName,
        ["ElastiCache:Iam:Cache"] = Cache,
        ["ElastiCache:Iam:Region"] = Region,
    };

    public override IReadOnlyDictionary<string, string> Surroundings { get; } = new Dictionary<string, string>
    {
        ["AWS_ACCESS_KEY_ID"] = AccessKey,
        ["AWS_SECRET_ACCESS_KEY"] = SecretKey,
    };

    protected virtual string UserName => User;

    /// <summary>The arguments of docs/iam-user.cs beside the names.</summary>
    protected virtual string[] CommandArguments => [];

    public override async Task StartAsync()
    {
        await base.StartAsync();
        using var redis = await ConnectAsync();
        await redis.GetServers()[0].ExecuteAsync("ACL", [.. (await CommandAsync()).Split(' ').Skip(1)]);
    }

    // The program of docs/elasticache.md, which has its own Signature Version 4.
    private async Task<string> CommandAsync()
    {
        var program = await Finished.RunAsync(
            "dotnet",
            [Path.Combine(CommandLine.Root, "docs", "iam-user.cs"), UserName, Cache, Region, .. CommandArguments],
            Surroundings, CommandLine.Root);
        var command = program.Succeeded().Trim();
        Assert.StartsWith($"ACL SETUSER {UserName} ", command);
        return command;
    }
}

/// <summary>
/// As ElastiCache Serverless with a public endpoint: TLS 1.3 only, AWS's own user, and temporary credentials as <c>aws
/// sso login</c> gives.
/// </summary>
public sealed class PublicEndpointEngine : IamEngine
{
    public override IReadOnlyDictionary<string, string> Settings => new Dictionary<string, string>(
        base.Settings.Where(setting => setting.Key != "ElastiCache:Iam:Region"))
    {
        ["ElastiCache:Iam:Serverless"] = "true",
    };

    public override IReadOnlyDictionary<string, string> Surroundings { get; } = new Dictionary<string, string>
    {
        ["AWS_ACCESS_KEY_ID"] = AccessKey,
        ["AWS_SECRET_ACCESS_KEY"] = SecretKey,
        ["AWS_SESSION_TOKEN"] = "FwoGZXIvYXdzEXAMPLE//+token==",
        ["AWS_REGION"] = Region,
    };

    protected override string UserName => "default.iam-user";

    protected override string[] CommandArguments => ["serverless"];

    protected override string[] Arguments => ["--tls-protocols", "TLSv1.3", "--rename-command", "CONFIG", ""];
}

/// <summary>
/// As ElastiCache Serverless: TLS, no CONFIG, no notifications, and a user who may do only what docs/elasticache.md
/// asks for.
/// </summary>
public sealed class ServerlessEngine : TlsEngine
{
    protected override string[] Arguments =>
        [
            "--rename-command", "CONFIG", "", "--user", "cachedemo", "on", ">the-password-of-the-RBAC-user",
            "~cachedemo*", "&cachedemo*", "+@all", "-@dangerous", "+info",
        ];

    public override async Task StartAsync()
    {
        await base.StartAsync();
        ConnectionString = $"rediss://cachedemo:the-password-of-the-RBAC-user@localhost:{Server.Port}";
    }
}

/// <summary>
/// A primary and its replica, and gets that may come from either: cluster mode disabled, with both its endpoints.
/// </summary>
public sealed class ReaderEngine : Engine
{
    public RedisServer Primary { get; private set; } = null!;

    public RedisServer Replica { get; private set; } = null!;

    public override IReadOnlyDictionary<string, string> Settings { get; } =
        new Dictionary<string, string> { ["Redis:ReadFrom"] = "replica" };

    public override async Task StartAsync()
    {
        Primary = Keep(RedisServer.Create());
        await Primary.StartAsync();
        Replica = Keep(
            RedisServer.Create("--replicaof", "127.0.0.1", $"{Primary.Port}", "--repl-diskless-sync-delay", "0"));
        await Replica.StartAsync();
        ConnectionString = $"{Primary.Endpoint},{Replica.Endpoint}";

        using var redis = await Replica.ConnectAsync();
        await Eventually.TrueAsync(
            async () =>
                (await redis.GetServers()[0].InfoRawAsync("replication"))!.Contains(
                    "master_link_status:up",
                    StringComparison.Ordinal),
            "the replica has caught up");
    }
}

/// <summary>
/// A cluster of three shards, each with a replica that takes over two seconds after the last contact with its primary.
/// </summary>
public sealed class ReplicatedClusterEngine : ClusterEngine
{
    protected override int Replicas => 1;

    // As in ElastiCache: complete shards keep serving.
    protected override string[] Arguments =>
        [
            "--cluster-node-timeout", "2000", "--cluster-require-full-coverage", "no",
            "--repl-diskless-sync-delay", "0", "--cluster-replica-validity-factor", "0",
        ];

    public override async Task StartAsync()
    {
        await base.StartAsync();
        foreach (var node in Nodes)
        {
            using var redis = await node.ConnectAsync();
            var server = redis.GetServer(node.Endpoint);
            await Eventually.TrueAsync(
                async () =>
                    await server.InfoRawAsync("replication") is { } info
                    && (
                        info.Contains("master_link_status:up", StringComparison.Ordinal)
                        || info.Contains("connected_slaves:1", StringComparison.Ordinal))
                    && (await server.ClusterNodesAsync())!.Nodes.Count(known => known.IsReplica) == 3,
                "each shard has its replica, and every node knows");
        }
    }
}

/// <summary>
/// As a node-based cluster with encryption in transit and an AUTH token, of which one endpoint is known.
/// </summary>
public sealed class TlsClusterEngine : ClusterEngine
{
    private const string Password = "the-AUTH-token-of-the-cluster";

    private readonly Certificates _certificates = new();

    public override IReadOnlyDictionary<string, string> Settings => new Dictionary<string, string>
    {
        ["Redis:CertificateAuthority"] = _certificates.Authority,
    };

    protected override string[] Arguments =>
    [
        "--tls-cluster", "yes", "--requirepass", Password, "--masterauth", Password,
        "--cluster-announce-hostname", "localhost", "--cluster-preferred-endpoint-type", "hostname",
    ];

    protected override string[] CliArguments =>
        ["--tls", "--cacert", _certificates.Authority, "-a", Password, "--no-auth-warning"];

    protected override RedisServer CreateNode(string[] arguments) =>
        RedisServer.CreateWithTls(_certificates, arguments);

    protected override Task<ConnectionMultiplexer> ConnectAsync(RedisServer node) =>
        _certificates.ConnectAsync(node, Password);

    public override async Task StartAsync()
    {
        await base.StartAsync();
        ConnectionString = $"rediss://:{Password}@localhost:{Nodes[0].Port}";
    }

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        _certificates.Dispose();
    }
}

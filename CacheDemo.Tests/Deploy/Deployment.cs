using CacheDemo.Tests.Support;

namespace CacheDemo.Tests.Deploy;

/// <summary>
/// The system as docker-compose brings it up from the committed files, with an <c>.env</c> that was filled in.
/// </summary>
public abstract class Deployment(ContainerMachine machine) : IAsyncLifetime
{
    /// <summary>This machine, as Podman's containers know it.</summary>
    protected const string Host = "host.containers.internal";

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("cachedemo-deployed-");
    private readonly int _port = Ports.Free();

    /// <summary>A client of the page's host.</summary>
    public HttpClient Page { get; private set; } = null!;

    /// <summary>Where it runs.</summary>
    public ContainerMachine Machine => machine;

    /// <summary>Its services, but the dashboard.</summary>
    public abstract IReadOnlyList<string> Services { get; }

    /// <summary>The folder of <c>deploy</c> that it is.</summary>
    protected abstract string Committed { get; }

    /// <summary>How many containers the API has.</summary>
    protected virtual int Apis => 1;

    /// <summary>Lines of <c>.env</c> that need not be filled in.</summary>
    protected virtual string Extra => "";

    private string Project => _folder.Name.ToLowerInvariant();

    public virtual async ValueTask InitializeAsync()
    {
        var registry = await machine.RegistryAsync();
        Page = new HttpClient { BaseAddress = new Uri($"http://localhost:{_port}") };
        File.Copy(
            Path.Combine(CommandLine.Root, Committed, "compose.yaml"),
            Path.Combine(_folder.FullName, "compose.yaml"));
        var (variable, value) = await PrepareAsync(_folder.FullName);

        var example = await File.ReadAllTextAsync(Path.Combine(CommandLine.Root, Committed, ".env.example"));
        Assert.Contains($"\n{variable}=\n", example);
        await File.WriteAllTextAsync(Path.Combine(_folder.FullName, ".env"), $"""
            {example.Replace($"\n{variable}=\n", $"\n{variable}='{value}'\n", StringComparison.Ordinal)}
            COMPOSE_PROJECT_NAME={Project}
            FRONTEND_PORT={_port}
            REGISTRY={registry}
            {Extra}
            """);
        await UpAsync();
    }

    /// <summary><c>docker-compose up -d</c>, until the page answers.</summary>
    public async Task UpAsync()
    {
        (await ComposeAsync("up", "--detach", "--scale", $"api={Apis}")).Succeeded();
        await AnswersAsync();
    }

    /// <summary><c>docker-compose down</c>.</summary>
    public async Task DownAsync() => (await ComposeAsync("down")).Succeeded();

    /// <summary>Waits until the page, the API and Redis serve.</summary>
    public Task AnswersAsync() =>
        Eventually.TrueAsync(
            () => Page.AnswersAsync("/api/health"),
            "the deployed page answers, and Redis behind it",
            TimeSpan.FromSeconds(60),
            () => ComposeAsync("logs").GetAwaiter().GetResult().Output);

    /// <summary>A container of a service.</summary>
    public string Container(string service, int number = 1) => $"{Project}_{service}_{number}";

    /// <summary>
    /// The first process of a service's container, as this machine numbers it; 0 while there is none.
    /// </summary>
    public async Task<int> ProcessAsync(string service) =>
        int.Parse(
            (await machine.PodmanAsync("inspect", "--format", "{{.State.Pid}}", Container(service))).Trim(),
            System.Globalization.CultureInfo.InvariantCulture);

    public virtual async ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        Page?.Dispose();
        await ComposeAsync("down", "--volumes");
        _folder.Delete(recursive: true);
    }

    /// <summary>
    /// Does what the deployment needs beside the committed files, and returns the one line to fill in.
    /// </summary>
    protected abstract Task<(string Variable, string Value)> PrepareAsync(string folder);

    private Task<Finished> ComposeAsync(params string[] arguments)
    {
        var files = new[] { "compose.yaml", "compose.override.yaml" }.Where(file =>
            File.Exists(Path.Combine(_folder.FullName, file)));
        return Finished.RunAsync(
            "docker-compose",
            [.. files.SelectMany(file => new[] { "--file", file }), .. arguments],
            machine.Environment,
            _folder.FullName);
    }
}

/// <summary>With the Redis container.</summary>
public sealed class DeployedWithContainer(ContainerMachine machine) : Deployment(machine)
{
    public override IReadOnlyList<string> Services => ["redis", "api", "frontend"];

    protected override string Committed => "deploy/compose-redis";

    protected override Task<(string Variable, string Value)> PrepareAsync(string folder) =>
        Task.FromResult(
            (
                "REDIS_PASSWORD",
                Convert.ToHexStringLower(System.Security.Cryptography.RandomNumberGenerator.GetBytes(16))));
}

/// <summary>
/// With a server instead of ElastiCache: external, TLS only, with a password, and with a certificate of an authority
/// that the containers do not trust.
/// </summary>
public sealed class DeployedWithElastiCache(ContainerMachine machine) : Deployment(machine)
{
    private const string Password = "AUTH,token/of:the@engine%$1";

    private readonly Certificates _certificates = new(Host);
    private RedisServer? _server;

    public override IReadOnlyList<string> Services => ["api", "frontend"];

    protected override string Committed => "deploy/compose";

    protected override async Task<(string Variable, string Value)> PrepareAsync(string folder)
    {
        _server = RedisServer.CreateWithTls(_certificates, "--bind", "0.0.0.0", "--requirepass", Password);
        await _server.StartAsync();

        // As deploy/README.md documents for a private authority; that of ElastiCache is public.
        File.Copy(_certificates.Authority, Path.Combine(folder, "authority.pem"));
        await File.WriteAllTextAsync(Path.Combine(folder, "compose.override.yaml"), """
            services:
              api:
                environment:
                  Redis__CertificateAuthority: /run/authority.pem
                volumes:
                  - ./authority.pem:/run/authority.pem:ro
            """);
        return ("REDIS", $"rediss://:{Uri.EscapeDataString(Password)}@{Host}:{_server.Port}");
    }

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        if (_server is not null)
            await _server.DisposeAsync();
        _certificates.Dispose();
    }
}

/// <summary>
/// With two containers of the API, the experiments, and a server instead of ElastiCache and one instead of RDS.
/// </summary>
public sealed class DeployedWithDatabase(ContainerMachine machine) : Deployment(machine)
{
    private readonly RedisServer _redis = RedisServer.Create("--bind", "0.0.0.0", "--protected-mode", "no");
    private PostgresServer? _database;

    public override IReadOnlyList<string> Services => ["api", "frontend"];

    protected override string Committed => "deploy/compose";

    protected override int Apis => 2;

    protected override string Extra => $"""
        PRODUCTS='{_database!.ConnectionStringFor(Host)}'
        LAB_ENABLED=true

        """;

    protected override async Task<(string Variable, string Value)> PrepareAsync(string folder)
    {
        await _redis.StartAsync();
        _database = await PostgresServer.StartAsync(forContainers: true);
        return ("REDIS", $"{Host}:{_redis.Port}");
    }

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        await _redis.DisposeAsync();
        if (_database is not null)
            await _database.DisposeAsync();
    }
}

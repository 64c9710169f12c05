using CacheDemo.Bench.Hosts;

namespace CacheDemo.Bench.Processes;

/// <summary>A server that listens on loopback.</summary>
internal sealed record Server(ChildProcess Process, int Port)
{
    /// <summary><c>127.0.0.1:port</c>.</summary>
    public string Endpoint => $"127.0.0.1:{Port}";

    /// <summary>An address of it.</summary>
    public Uri Url(string path) => new($"http://{Endpoint}{path}");
}

/// <summary>What telemetry an API or a frontend exports.</summary>
internal enum Telemetry
{
    /// <summary>None: the SDK is off.</summary>
    Off,

    /// <summary>As deployed in production: metrics, and one trace of twenty (CacheDemo.Deploy).</summary>
    Production,

    /// <summary>Metrics and every trace.</summary>
    EveryTrace,
}

/// <summary>Starts servers, each when it is needed, and stops them all.</summary>
internal sealed class Servers(Published published, CancellationToken stop) : IAsyncDisposable
{
    private readonly Dictionary<string, Server> _running = [];
    private readonly List<DirectoryInfo> _folders = [];

    /// <summary>A redis-server that writes nothing to disk.</summary>
    public Task<Server> RedisAsync(string name = "redis", params string[] arguments) =>
        OnceAsync(name, port => ChildProcess.Start(
            Tool.Redis,
            [
                "--port",
                $"{port}",
                "--bind",
                "127.0.0.1",
                "--dir",
                Folder(),
                "--save",
                "",
                "--appendonly",
                "no",
                .. arguments,
            ]));

    /// <summary>The embedded server.</summary>
    public Task<Server> GarnetAsync() =>
        ServiceAsync("garnet", "CacheDemo.Garnet", port => new() { ["GARNET_PORT"] = $"{port}" });

    /// <summary>The API in front of a Redis.</summary>
    public async Task<Server> ApiAsync(
        string redis,
        Telemetry telemetry = Telemetry.Production,
        string name = "api",
        IReadOnlyDictionary<string, string>? settings = null)
    {
        var variables = await TelemetryAsync("api", telemetry);
        foreach (var (setting, value) in settings ?? new Dictionary<string, string>())
            variables[setting] = value;
        var api = await ServiceAsync($"{name} {telemetry}", "CacheDemo.Api", port => new(variables)
        {
            ["ASPNETCORE_URLS"] = $"http://127.0.0.1:{port}",
            ["ASPNETCORE_FORWARDEDHEADERS_ENABLED"] = "true",
            ["ConnectionStrings__redis"] = redis,
        });
        await api.Process.ReadyAsync(() => Ports.AnswersAsync(api.Url("/health").ToString()), stop);
        return api;
    }

    /// <summary>The frontend in front of instances of the API, without limits by address.</summary>
    public async Task<Server> FrontendAsync(string name, params IReadOnlyList<Server> apis)
    {
        var variables = await TelemetryAsync("frontend", Telemetry.Production);
        for (var i = 0; i < apis.Count; i++)
            variables[$"services__api__http__{i}"] = $"http://{apis[i].Endpoint}";
        var frontend = await ServiceAsync(name, "CacheDemo.Frontend", port => new(variables)
        {
            ["ASPNETCORE_URLS"] = $"http://127.0.0.1:{port}",
            ["RateLimit__Enabled"] = "false",
        });
        await frontend.Process.ReadyAsync(() => Ports.AnswersAsync(frontend.Url("/api/health").ToString()), stop);
        return frontend;
    }

    /// <summary>The bare routes: <see cref="BareRoutes"/>.</summary>
    public Task<Server> BareAsync(Server redis) => HostAsync("bare", HostCommand.Bare, redis.Endpoint);

    /// <summary>A bare YARP: <see cref="BareProxy"/>.</summary>
    public Task<Server> BareProxyAsync(Server api) =>
        HostAsync("bare YARP", HostCommand.Proxy, $"http://{api.Endpoint}");

    /// <summary>Where telemetry goes: <see cref="TelemetrySink"/>.</summary>
    public Task<Server> SinkAsync() => HostAsync("sink", HostCommand.Sink, "");

    /// <summary>webdis with two threads, as it is by default.</summary>
    public Task<Server> WebdisAsync(Server redis) => OnceAsync("webdis", port =>
    {
        var folder = Folder();
        var file = Path.Combine(folder, "webdis.json");
        File.WriteAllText(
            file,
            $$"""
            {
              "redis_host": "127.0.0.1", "redis_port": {{redis.Port}},
              "http_host": "127.0.0.1", "http_port": {{port}},
              "threads": 2, "daemonize": false, "verbosity": 1,
              "logfile": "{{Path.Combine(folder, "webdis.log")}}", "pidfile": "{{Path.Combine(folder, "webdis.pid")}}"
            }
            """);
        return ChildProcess.Start(Tool.Webdis, [file]);
    });

    /// <summary>The original's routes: <c>original.py</c>, one process.</summary>
    public Task<Server> OriginalAsync(Server redis) => OnceAsync("original", port => ChildProcess.Start(
        Tool.Python,
        [
            "-m",
            "uvicorn",
            "original:app",
            "--host",
            "127.0.0.1",
            "--port",
            $"{port}",
            "--loop",
            "uvloop",
            "--http",
            "httptools",
            "--no-access-log",
        ],
        new Dictionary<string, string>
        {
            ["REDIS_ENDPOINT"] = redis.Endpoint,
            ["PYTHONDONTWRITEBYTECODE"] = "1",
        },
        Path.Combine(Repository.Root, "bench")));

    /// <summary>Stops them.</summary>
    public async ValueTask DisposeAsync()
    {
        foreach (var server in _running.Values.Reverse())
            await server.Process.DisposeAsync();
        _running.Clear();
        foreach (var folder in _folders)
            folder.Delete(recursive: true);
        _folders.Clear();
    }

    private Task<Server> HostAsync(string name, string kind, string target) => OnceAsync(
        name,
        port => ChildProcess.Start(
            "dotnet",
            [typeof(Servers).Assembly.Location, HostCommand.Name, kind, $"{port}", target]));

    private async Task<Server> ServiceAsync(
        string name,
        string project,
        Func<int, Dictionary<string, string>> variables)
    {
        var folder = await published.FolderAsync(project, stop);
        return await OnceAsync(name, port => ChildProcess.Start(
            "dotnet",
            [Path.Combine(folder, $"{project}.dll")],
            new Dictionary<string, string>(variables(port)) { ["DOTNET_ENVIRONMENT"] = "Production" },
            folder));
    }

    // As in deploy/compose/compose.yaml.
    private async Task<Dictionary<string, string>> TelemetryAsync(string service, Telemetry telemetry) =>
        telemetry is Telemetry.Off
            ? new() { ["OTEL_SDK_DISABLED"] = "true", ["OTEL_TRACES_SAMPLER"] = "always_off" }
            : new()
            {
                ["OTEL_DOTNET_EXPERIMENTAL_OTLP_RETRY"] = "in_memory",
                ["OTEL_SERVICE_NAME"] = service,
                ["OTEL_EXPORTER_OTLP_ENDPOINT"] = $"http://{(await SinkAsync()).Endpoint}",
                ["OTEL_TRACES_SAMPLER"] = "parentbased_traceidratio",
                ["OTEL_TRACES_SAMPLER_ARG"] = telemetry is Telemetry.EveryTrace ? "1.0" : "0.05",
            };

    private async Task<Server> OnceAsync(string name, Func<int, ChildProcess> start)
    {
        if (_running.TryGetValue(name, out var running))
            return running;

        var port = Ports.Free();
        var server = _running[name] = new Server(start(port), port);
        await server.Process.ReadyAsync(() => Ports.AnswersAsync(port), stop);
        return server;
    }

    private string Folder()
    {
        var folder = Directory.CreateTempSubdirectory("cachedemo-bench-");
        _folders.Add(folder);
        return folder.FullName;
    }
}

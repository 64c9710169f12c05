using System.Diagnostics;
using System.Text;

namespace CacheDemo.Tests.Support;

/// <summary>
/// A service of the system as a process of the test's own, for what an AppHost does not do: kill one, and start it
/// again.
/// </summary>
public sealed class ServiceProcess : IAsyncDisposable
{
    private readonly ProcessStartInfo _start;
    private readonly StringBuilder _output = new();
    private Process? _process;

    private ServiceProcess(string project, IReadOnlyDictionary<string, string> environment)
    {
        var output = AppContext.BaseDirectory.Replace("CacheDemo.Tests", project, StringComparison.Ordinal);
        _start = new ProcessStartInfo("dotnet", [Path.Combine(output, $"{project}.dll")])
        {
            WorkingDirectory = Path.Combine(CommandLine.Root, project),
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var (name, value) in environment)
            _start.Environment[name] = value;
    }

    /// <summary>A client of the service, if it serves HTTP.</summary>
    public HttpClient Client { get; private init; } = new();

    /// <summary>What it printed so far.</summary>
    public string Output
    {
        get
        {
            lock (_output)
                return _output.ToString();
        }
    }

    /// <summary>How many threads it has.</summary>
    public int Threads
    {
        get
        {
            _process!.Refresh();
            return _process.Threads.Count;
        }
    }

    /// <summary>Starts an instance of the API on a free port and waits until it is ready.</summary>
    public static async Task<ServiceProcess> StartApiAsync(
        string redis,
        OtlpReceiver? telemetry,
        params (string Name, string Value)[] options)
    {
        var service = CreateApi(redis, telemetry, options);
        await service.StartAsync();
        return service;
    }

    /// <summary>
    /// As <see cref="StartApiAsync"/>, for an instance that Redis may refuse: waits until it is live.
    /// </summary>
    public static async Task<ServiceProcess> StartApiAliveAsync(
        string redis,
        OtlpReceiver? telemetry,
        params (string Name, string Value)[] options)
    {
        var service = CreateApi(redis, telemetry, options);
        service.Run();
        await Eventually.TrueAsync(
            () => service.Client.AnswersAsync("/alive"),
            "the API is live",
            TimeSpan.FromSeconds(60),
            () => service.Output);
        return service;
    }

    private static ServiceProcess CreateApi(
        string redis,
        OtlpReceiver? telemetry,
        (string Name, string Value)[] options)
    {
        var address = $"http://127.0.0.1:{Ports.Free()}";
        return new ServiceProcess("CacheDemo.Api", new Dictionary<string, string>
        {
            ["ASPNETCORE_URLS"] = address,
            ["ConnectionStrings__redis"] = redis,
            ["OTEL_SERVICE_NAME"] = "api",
            ["OTEL_EXPORTER_OTLP_ENDPOINT"] = telemetry?.Endpoint ?? "",
            ["OTEL_EXPORTER_OTLP_PROTOCOL"] = "http/protobuf",
            ["OTEL_BSP_SCHEDULE_DELAY"] = "100",
            ["OTEL_BSP_MAX_QUEUE_SIZE"] = "100000",
            ["OTEL_METRIC_EXPORT_INTERVAL"] = "500",
        }.Concat(options.ToDictionary(option => option.Name, option => option.Value)).ToDictionary())
        {
            Client = new HttpClient { BaseAddress = new Uri(address) },
        };
    }

    /// <summary>Starts the page's host on a free port, in front of an API, and waits until it is ready.</summary>
    public static async Task<ServiceProcess> StartPageAsync(Uri api, params (string Name, string Value)[] options)
    {
        var address = $"http://127.0.0.1:{Ports.Free()}";
        var service = new ServiceProcess("CacheDemo.Frontend", new Dictionary<string, string>
        {
            ["ASPNETCORE_URLS"] = address,
            ["ReverseProxy__Clusters__api__Destinations__api__Address"] = api.ToString(),
        }.Concat(options.ToDictionary(option => option.Name, option => option.Value)).ToDictionary())
        {
            Client = new HttpClient { BaseAddress = new Uri(address) },
        };
        await service.StartAsync();
        return service;
    }

    /// <summary>Starts a service with an invalid option, and waits until it has exited.</summary>
    internal static Task<Finished> FailToStartAsync(
        string project,
        params IEnumerable<(string Name, string Value)> options)
    {
        var start = new ServiceProcess(project, new Dictionary<string, string>())._start;
        foreach (var (name, value) in options)
            start.Environment[name] = value;
        return Finished.RunAsync(start, TimeSpan.FromSeconds(30));
    }

    /// <summary>Starts the embedded server on a port.</summary>
    public static async Task<ServiceProcess> StartGarnetAsync(int port)
    {
        var service = new ServiceProcess(
            "CacheDemo.Garnet",
            new Dictionary<string, string> { ["GARNET_PORT"] = $"{port}" });
        service.Run();
        await Eventually.TrueAsync(() => Ports.AnswersAsync(port), "Garnet listens");
        return service;
    }

    /// <summary>Starts the service, or restarts it after <see cref="Kill"/>, and waits until it is ready.</summary>
    public async Task StartAsync()
    {
        Run();
        await Eventually.TrueAsync(
            () => Client.AnswersAsync("/health"),
            $"{_start.ArgumentList[0]} is ready",
            TimeSpan.FromSeconds(60));
    }

    /// <summary>Waits until it has printed this text.</summary>
    public Task SaysAsync(string text) => Eventually.TrueAsync(
        () => Task.FromResult(Output.Contains(text, StringComparison.Ordinal)),
        $"the service prints: {text}",
        also: () => Output);

    /// <summary>Kills it with SIGKILL: nothing is flushed.</summary>
    public void Kill()
    {
        _process?.Kill();
        _process?.WaitForExit();
        _process?.Dispose();
        _process = null;
    }

    public ValueTask DisposeAsync()
    {
        Kill();
        Client.Dispose();
        return ValueTask.CompletedTask;
    }

    private void Run()
    {
        _process = Process.Start(_start)!;
        _process.OutputDataReceived += (_, line) => Append(line.Data);
        _process.ErrorDataReceived += (_, line) => Append(line.Data);
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
    }

    private void Append(string? line)
    {
        lock (_output)
            _output.AppendLine(line);
    }
}

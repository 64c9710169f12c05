using System.Collections.Concurrent;
using System.Diagnostics;

namespace CacheDemo.Tests.Support;

/// <summary>A service of the system as a process of the test's own.</summary>
public sealed class ServiceProcess : Service
{
    private readonly ProcessStartInfo _start;
    private readonly ConcurrentQueue<string> _output = new();
    private Process? _process;

    private ServiceProcess(string project, IEnumerable<(string Name, string Value)> options)
    {
        var output = AppContext.BaseDirectory.Replace("CacheDemo.Tests", project, StringComparison.Ordinal);
        _start = new ProcessStartInfo("dotnet", [Path.Combine(output, $"{project}.dll")])
        {
            WorkingDirectory = Path.Combine(CommandLine.Root, project),
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var (name, value) in options.Prepend(Address()))
            _start.Environment[name] = value;
    }

    /// <inheritdoc/>
    public override string Output => string.Concat(_output);

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
        string redis, OtlpReceiver? telemetry, params IEnumerable<(string Name, string Value)> options)
    {
        var service = CreateApi(redis, telemetry, options);
        await service.StartAsync();
        return service;
    }

    /// <summary>
    /// As <see cref="StartApiAsync"/>, for an instance that Redis may refuse: waits until it is live.
    /// </summary>
    public static Task<ServiceProcess> StartApiAliveAsync(
        string redis, OtlpReceiver? telemetry, params IEnumerable<(string Name, string Value)> options)
    {
        var service = CreateApi(redis, telemetry, options);
        service.Run();
        return ReadyAsync(service, "/alive");
    }

    /// <summary>Starts the page's host on a free port, in front of an API, and waits until it is ready.</summary>
    public static new async Task<ServiceProcess> StartPageAsync(Uri api, params IEnumerable<(string, string)> options)
    {
        var service = new ServiceProcess(PageProject, [.. PageOptions(api), .. options]);
        await service.StartAsync();
        return service;
    }

    /// <summary>Starts a service with an invalid option, and waits until it has exited.</summary>
    internal static Task<Finished> FailToStartAsync(
        string project,
        params IEnumerable<(string Name, string Value)> options) =>
        Finished.RunAsync(new ServiceProcess(project, options)._start, TimeSpan.FromSeconds(30));

    /// <summary>Starts the embedded server on a port.</summary>
    public static async Task<ServiceProcess> StartGarnetAsync(int port)
    {
        var service = new ServiceProcess("CacheDemo.Garnet", [("GARNET_PORT", $"{port}")]);
        service.Run();
        await Eventually.TrueAsync(() => Ports.AnswersAsync(port), "Garnet listens");
        return service;
    }

    /// <summary>Starts the service, or restarts it after <see cref="Kill"/>, and waits until it is ready.</summary>
    public Task StartAsync()
    {
        Run();
        return ReadyAsync(this);
    }

    /// <summary>Kills it with SIGKILL: nothing is flushed.</summary>
    public void Kill()
    {
        _process?.Kill();
        _process?.WaitForExit();
        _process?.Dispose();
        _process = null;
    }

    /// <inheritdoc/>
    public override ValueTask DisposeAsync()
    {
        Kill();
        return base.DisposeAsync();
    }

    private static ServiceProcess CreateApi(
        string redis,
        OtlpReceiver? telemetry,
        IEnumerable<(string Name, string Value)> options) => new(
        ApiProject,
        [
            .. ApiOptions(redis),
            ("OTEL_SERVICE_NAME", "api"),
            .. telemetry?.Settings ?? [("OTEL_EXPORTER_OTLP_ENDPOINT", "")],
            .. options,
        ]);

    private void Run()
    {
        _process = Process.Start(_start)!;
        _process.OutputDataReceived += (_, line) => _output.Enqueue($"{line.Data}\n");
        _process.ErrorDataReceived += (_, line) => _output.Enqueue($"{line.Data}\n");
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
    }
}

using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Runtime.CompilerServices;

namespace CacheDemo.Tests.Support;

/// <summary>A <c>dotnet</c> command in the repository, as a person at a console runs it.</summary>
internal sealed class CommandLine : IAsyncDisposable
{
    /// <summary>An environment variable that identifies every process that a command started.</summary>
    private const string Mark = "CACHEDEMO_TEST";

    private readonly Process _process;
    private readonly string _mark;
    private readonly ConcurrentQueue<string> _output = new();

    private CommandLine(ProcessStartInfo start)
    {
        _mark = $"{Mark}={start.Environment[Mark] = $"{Guid.NewGuid():n}"}";
        _process = Process.Start(start)!;
        _process.OutputDataReceived += (_, line) => _output.Enqueue($"{line.Data}\n");
        _process.ErrorDataReceived += (_, line) => _output.Enqueue($"{line.Data}\n");
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
    }

    /// <summary>The repository.</summary>
    public static string Root { get; } = Path.GetFullPath(Path.Combine(Path.GetDirectoryName(ThisFile())!, "..", ".."));

    /// <summary>What it printed so far.</summary>
    public string Output => string.Concat(_output);

    /// <summary>The command lines, by their ids, of the running processes that it started; on Linux only.</summary>
    public IReadOnlyDictionary<int, string> Processes
    {
        get
        {
            var processes = new Dictionary<int, string>();
            foreach (var folder in OperatingSystem.IsLinux() ? Directory.EnumerateDirectories("/proc") : [])
            {
                try
                {
                    if (int.TryParse(Path.GetFileName(folder), CultureInfo.InvariantCulture, out var id)
                        && File.ReadAllText(Path.Combine(folder, "environ")).Split('\0').Contains(_mark))
                    {
                        processes[id] = File.ReadAllText(Path.Combine(folder, "cmdline")).Replace('\0', ' ');
                    }
                }
                catch (Exception gone) when (gone is IOException or UnauthorizedAccessException)
                {
                }
            }

            return processes;
        }
    }

    /// <summary>Starts <c>dotnet</c> in the repository.</summary>
    public static CommandLine Start(params string[] arguments) => new(StartInfo("dotnet", arguments));

    /// <summary>
    /// Starts the AppHost that these tests were built with, as <c>dotnet run</c> does, without another build.
    /// </summary>
    public static CommandLine StartAppHost(IReadOnlyDictionary<string, string>? environment, params string[] arguments)
    {
        var configuration = new DirectoryInfo(AppContext.BaseDirectory).Parent!.Name;
        string[] run =
        [
            "dotnet", "run", "--no-build", "-c", configuration, "--project", Path.Combine(Root, "CacheDemo.AppHost"),
            "--", .. arguments,
        ];

        // In a process group of its own, so that Ctrl+C can be sent to all of it, as a terminal does; and with SIGINT
        // not ignored, as processes inherit that where a script started the tests in the background.
        var start = OperatingSystem.IsLinux()
            ? StartInfo("env", ["--default-signal=INT", "setsid", .. run])
            : StartInfo(run[0], run[1..]);
        foreach (var (name, value) in environment ?? new Dictionary<string, string>())
            start.Environment[name] = value;
        return new CommandLine(start);
    }

    /// <summary>Waits for the exit and returns the exit code.</summary>
    public async Task<int> ExitAsync(TimeSpan? timeout = null)
    {
        await _process
            .WaitForExitAsync(TestContext.Current.CancellationToken)
            .WaitAsync(timeout ?? TimeSpan.FromSeconds(40));
        return _process.ExitCode;
    }

    /// <summary>
    /// Waits until none of its processes is left. The orchestrator stops the services, the dashboard and itself after
    /// the AppHost, which takes it some seconds.
    /// </summary>
    public Task EndsAsync() =>
        Eventually.TrueAsync(
            () => Task.FromResult(Processes.Count == 0),
            "no process is left",
            TimeSpan.FromSeconds(40),
            () => string.Join('\n', Processes.Values));

    /// <summary>Presses Ctrl+C: every process of the group is interrupted.</summary>
    public Task InterruptAsync() => KillAsync("-INT", "--", $"-{_process.Id}");

    /// <summary>Asks the command, and only it, to stop, as a service manager does.</summary>
    public Task TerminateAsync() => KillAsync("-TERM", $"{_process.Id}");

    private static async Task KillAsync(params string[] arguments)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "signals are sent with kill to a group made with setsid");
        using var kill = Process.Start("kill", arguments);
        await kill.WaitForExitAsync();
    }

    /// <summary>Kills its processes that still run.</summary>
    public ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
            _process.Kill(entireProcessTree: true);
        foreach (var id in Processes.Keys)
        {
            try
            {
                using var process = Process.GetProcessById(id);
                process.Kill();
            }
            catch (ArgumentException)
            {
                // It has exited meanwhile.
            }
        }

        _process.Dispose();
        return ValueTask.CompletedTask;
    }

    private static ProcessStartInfo StartInfo(string program, string[] arguments) =>
        new(program, arguments)
        {
            WorkingDirectory = Root,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };

    private static string ThisFile([CallerFilePath] string path = "") => path;
}

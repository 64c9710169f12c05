using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Text;

namespace CacheDemo.Tests.Support;

/// <summary>A <c>dotnet</c> command in the repository, as a person at a console runs it.</summary>
internal sealed class CommandLine : IAsyncDisposable
{
    private readonly Process _process;
    private readonly StringBuilder _output = new();

    private CommandLine(Process process)
    {
        _process = process;
        process.OutputDataReceived += (_, line) => Append(line.Data);
        process.ErrorDataReceived += (_, line) => Append(line.Data);
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
    }

    /// <summary>The repository.</summary>
    public static string Root { get; } = Path.GetFullPath(Path.Combine(Path.GetDirectoryName(ThisFile())!, "..", ".."));

    /// <summary>What it printed so far.</summary>
    public string Output
    {
        get
        {
            lock (_output)
                return _output.ToString();
        }
    }

    /// <summary>Starts <c>dotnet</c> in the repository.</summary>
    public static CommandLine Start(params string[] arguments) => new(Process.Start(new ProcessStartInfo("dotnet", arguments)
    {
        WorkingDirectory = Root,
        RedirectStandardOutput = true,
        RedirectStandardError = true,
    })!);

    /// <summary>Starts the AppHost that these tests were built with, as <c>dotnet run</c> does, without another build.</summary>
    public static CommandLine StartAppHost(IReadOnlyDictionary<string, string>? environment, params string[] arguments)
    {
        var configuration = new DirectoryInfo(AppContext.BaseDirectory).Parent!.Name;
        // In a process group of its own, so that Ctrl+C can be sent to all of it, as a terminal does.
        var start = new ProcessStartInfo(
            OperatingSystem.IsLinux() ? "setsid" : "dotnet",
            [.. OperatingSystem.IsLinux() ? ["dotnet"] : Array.Empty<string>(), "run", "--no-build", "-c", configuration, "--project", Path.Combine(Root, "CacheDemo.AppHost"), "--", .. arguments])
        {
            WorkingDirectory = Root,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var (name, value) in environment ?? new Dictionary<string, string>())
            start.Environment[name] = value;
        return new CommandLine(Process.Start(start)!);
    }

    /// <summary>Waits for the end and returns the exit code.</summary>
    public async Task<int> ExitAsync(TimeSpan? patience = null)
    {
        await _process.WaitForExitAsync(TestContext.Current.CancellationToken).WaitAsync(patience ?? TimeSpan.FromSeconds(40));
        return _process.ExitCode;
    }

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

    public ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
            _process.Kill(entireProcessTree: true);
        _process.Dispose();
        return ValueTask.CompletedTask;
    }

    private void Append(string? line)
    {
        lock (_output)
            _output.AppendLine(line);
    }

    private static string ThisFile([CallerFilePath] string path = "") => path;
}

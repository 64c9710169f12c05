using System.Diagnostics;
using System.Runtime.InteropServices;
using Aspire.Hosting.ApplicationModel;
using Microsoft.Extensions.Logging;

namespace Aspire.Hosting.Running;

/// <summary>One process of a resource.</summary>
internal sealed class Replica
{
    private const int SuffixLength = 8, SigTerm = 15;

    // What Aspire keeps from the processes: it is meant for the AppHost alone.
    private static readonly string[] NotInherited =
        ["ASPNETCORE_URLS", "DOTNET_LAUNCH_PROFILE", "ASPNETCORE_ENVIRONMENT", "DOTNET_ENVIRONMENT", "ASPIRE_LOGLEVEL"];

    private readonly Lock _starting = new();
    private Process? _process;
    private bool _stopped;

    /// <summary>Names a replica; it starts later.</summary>
    public Replica(IResource resource, int index)
    {
        Index = index;
        Suffix = new(Random.Shared.GetItems("abcdefghijklmnopqrstuvwxyz".AsSpan(), SuffixLength));
        Id = $"{resource.Name}-{Suffix}";
        DisplayName = CountOf(resource) > 1 ? Id : resource.Name;
    }

    /// <summary>Which of the resource's replicas.</summary>
    public int Index { get; }

    /// <summary>What tells it from the others; its <c>service.instance.id</c>.</summary>
    public string Suffix { get; }

    /// <summary>Its unique name.</summary>
    public string Id { get; }

    /// <summary>Its name in the log.</summary>
    public string DisplayName { get; }

    /// <summary>Completes with the exit code; null before the start.</summary>
    public Task<int>? Exited { get; private set; }

    /// <summary>How many replicas a resource has.</summary>
    public static int CountOf(IResource resource) =>
        resource.Annotations.OfType<ReplicaAnnotation>().LastOrDefault()?.Replicas ?? 1;

    /// <summary>How long the names of a resource are in the log.</summary>
    public static int LongestName(IResource resource) =>
        resource.Name.Length + (CountOf(resource) > 1 ? 1 + SuffixLength : 0);

    /// <summary>Starts what was built of a project, in the project's directory, unless the application stops.</summary>
    /// <exception cref="DistributedApplicationException">It was not built.</exception>
    public void Start(IProjectMetadata project, ReplicaSettings settings, ILogger log)
    {
        var executable = Path.ChangeExtension(project.TargetPath, OperatingSystem.IsWindows() ? "exe" : null);
        if (!File.Exists(executable))
            throw new DistributedApplicationException($"{executable} does not exist: build the AppHost.");

        var start = new ProcessStartInfo(executable, settings.Args)
        {
            WorkingDirectory = Path.GetDirectoryName(project.ProjectPath),
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var name in NotInherited)
            start.Environment.Remove(name);
        start.Environment.TryAdd("DOTNET_ROOT", DotnetRoot());
        foreach (var (name, value) in settings.Environment)
            start.Environment[name] = value;

        lock (_starting)
        {
            if (_stopped)
                return;

            _process = Process.Start(start)!;
            Exited = RunAsync(_process, log);
        }
    }

    /// <summary>Asks the process to end, and ends it if it does not.</summary>
    public async Task StopAsync(TimeSpan patience)
    {
        lock (_starting)
            _stopped = true;

        if (Exited is null)
            return;

        Terminate();
        try
        {
            await Exited.WaitAsync(patience);
        }
        catch (TimeoutException)
        {
            Kill();
            await Exited;
        }
    }

    /// <summary>Ends the process and what it started.</summary>
    public void Kill()
    {
        lock (_starting)
            _stopped = true;

        if (_process is { HasExited: false })
            _process.Kill(entireProcessTree: true);
    }

    private void Terminate()
    {
        // Windows has no signal that would reach just this process.
        if (OperatingSystem.IsWindows())
            Kill();
        else if (_process is { HasExited: false })
            _ = SendSignal(_process.Id, SigTerm);
    }

    private static async Task<int> RunAsync(Process process, ILogger log)
    {
        process.OutputDataReceived += (_, line) => Write(LogLevel.Information, line.Data);
        process.ErrorDataReceived += (_, line) => Write(LogLevel.Error, line.Data);
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        using var guard = OrphanGuard.Over(process);
        await process.WaitForExitAsync();
        return process.ExitCode;

        void Write(LogLevel level, string? line)
        {
            if (line is not null)
                log.Log(level, "{Line}", line);
        }
    }

    /// <summary>The .NET that runs the AppHost; an executable looks for one only in the usual places.</summary>
    private static string DotnetRoot() =>
        Path.GetFullPath(Path.Combine(RuntimeEnvironment.GetRuntimeDirectory(), "..", "..", ".."));

    [DllImport("libc", EntryPoint = "kill")]
    private static extern int SendSignal(int processId, int signal);
}

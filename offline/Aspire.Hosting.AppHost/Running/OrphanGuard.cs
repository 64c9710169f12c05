using System.Diagnostics;

namespace Aspire.Hosting.Running;

/// <summary>
/// Ends a process when the AppHost is gone and could not do it, as after <c>kill -9</c> or a debugger's stop button:
/// a shell waits for the end of a pipe that only the AppHost holds open.
/// </summary>
internal sealed class OrphanGuard : IDisposable
{
    private readonly Process _shell;

    private OrphanGuard(int processId)
    {
        string[] wait = ["-c", "read -r _; kill $0", $"{processId}"];
        _shell = Process.Start(new ProcessStartInfo("/bin/sh", wait) { RedirectStandardInput = true })!;
    }

    /// <summary>Guards a process, where there are shells.</summary>
    public static OrphanGuard? Over(Process process) => OperatingSystem.IsWindows() ? null : new(process.Id);

    /// <summary>The process has ended; its id may soon be another's.</summary>
    public void Dispose()
    {
        _shell.Kill();
        _shell.Dispose();
    }
}

using System.Diagnostics;

namespace CacheDemo.Bench.Processes;

/// <summary>The whole system, started as a person does.</summary>
internal static class AppHost
{
    private const string Project = "CacheDemo.AppHost";

    /// <summary>Builds it.</summary>
    public static Task BuildAsync(CancellationToken stop) => Dotnet.RunAsync(
        ["build", Path.Combine(Repository.Root, Project), "-c", "Release", "-nologo", "-v", "quiet"],
        stop);

    /// <summary>
    /// Starts it with the embedded server, returns the time until the page is healthy and the dashboard answers, and
    /// stops it.
    /// </summary>
    public static async Task<TimeSpan> StartAsync(CancellationToken stop)
    {
        var page = Ports.Free();
        var started = Stopwatch.StartNew();

        // In a process group of its own, for Ctrl+C.
        var process = ChildProcess.Start(
            "env",
            [
                "--default-signal=INT",
                "setsid",
                "dotnet",
                "run",
                "--no-build",
                "-c",
                "Release",
                "--project",
                Path.Combine(Repository.Root, Project),
                "--",
                "--Redis:Mode=embedded",
                $"--Frontend:Port={page}",
                $"--Api:Port={Ports.Free()}",
            ]);
        try
        {
            await process.ReadyAsync(() => Ports.AnswersAsync($"http://localhost:{page}/health"), stop);
            await process.ReadyAsync(
                async () => Dashboard(process.Output) is { } dashboard && await Ports.AnswersAsync(dashboard),
                stop);
            return started.Elapsed;
        }
        finally
        {
            await StopAsync(process);
        }
    }

    // The last line that it prints: Dashboard  http://localhost:15000/login?t=…
    private static string? Dashboard(string output) =>
        output
            .Split('\n')
            .Where(line => line.StartsWith("Dashboard ", StringComparison.Ordinal))
            .Select(line => line["Dashboard ".Length..].Trim())
            .FirstOrDefault();

    private static async Task StopAsync(ChildProcess process)
    {
        using (var interrupt = Process.Start("kill", ["-INT", "--", $"-{process.Id}"]))
            await interrupt.WaitForExitAsync();
        using var timeout = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        try
        {
            await process.ExitAsync(timeout.Token);
        }
        catch (OperationCanceledException)
        {
            // Then it is killed.
        }

        process.Kill();
    }
}

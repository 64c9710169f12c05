using System.ComponentModel;
using System.Diagnostics;
using Microsoft.Extensions.Configuration;

namespace CacheDemo.AppHost;

/// <summary>Finds a container engine on this machine.</summary>
internal static class ContainerEngine
{
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(5);

    /// <summary>
    /// The container runtime that Aspire would use, null where none answers, and those that were tried: only the one
    /// that <c>ASPIRE_CONTAINER_RUNTIME</c> names, where it is set. A client without its engine is common and does not
    /// count: Aspire would wait for the container forever.
    /// </summary>
    public static (string? Engine, string Tried) Find(IConfiguration configuration)
    {
        string[] candidates = configuration["ASPIRE_CONTAINER_RUNTIME"] is { Length: > 0 } configured
            ? [configured]
            : ["docker", "podman"];
        return (
            candidates.AsParallel().AsOrdered().WithDegreeOfParallelism(2).FirstOrDefault(Answers),
            string.Join(", ", candidates));
    }

    /// <summary>The error where a mode needs an engine and none answers.</summary>
    public static SetupException Missing(string modeKey, string tried, string instead) => new(
        $"--{modeKey}=container needs a container engine, and none answers (tried {tried}): "
        + $"start one, or use --{modeKey}={instead}.");

    private static bool Answers(string runtime)
    {
        try
        {
            // Needs the engine, unlike "version"; both runtimes know it.
            using var client = Process.Start(new ProcessStartInfo(runtime, ["ps", "--last", "1", "--quiet"])
            {
                RedirectStandardOutput = true,
                RedirectStandardError = true,
            })!;

            if (client.WaitForExit(Timeout))
                return client.ExitCode == 0;

            client.Kill(entireProcessTree: true);
            return false;
        }
        catch (Win32Exception)
        {
            return false; // not installed
        }
    }
}

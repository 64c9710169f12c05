using System.ComponentModel;
using System.Diagnostics;

namespace CacheDemo.AppHost;

/// <summary>Finds a container engine on this machine.</summary>
internal static class ContainerEngine
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    /// <summary>
    /// The container runtime that Aspire would use; null where none answers. A client without its engine is common and
    /// does not count: Aspire would wait for the container forever.
    /// </summary>
    /// <param name="configured">
    /// The runtime that <c>ASPIRE_CONTAINER_RUNTIME</c> names, if any; then only that one is tried.
    /// </param>
    public static string? Find(string? configured)
    {
        string[] candidates = configured is { Length: > 0 } ? [configured] : ["docker", "podman"];
        return candidates.AsParallel().AsOrdered().WithDegreeOfParallelism(2).FirstOrDefault(Answers);
    }

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

            if (client.WaitForExit(Patience))
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

namespace CacheDemo.Bench.Processes;

/// <summary>Commands of the .NET SDK.</summary>
internal static class Dotnet
{
    /// <summary>Runs one to its end.</summary>
    /// <exception cref="BenchException">It failed.</exception>
    public static async Task RunAsync(IReadOnlyList<string> arguments, CancellationToken stop)
    {
        // A build server would outlive the run.
        var environment = new Dictionary<string, string> { ["MSBUILDDISABLENODEREUSE"] = "1" };
        await using var dotnet = ChildProcess.Start("dotnet", arguments, environment);
        if (await dotnet.ExitAsync(stop) != 0)
            throw new BenchException($"dotnet {arguments[0]} {arguments[1]} failed: {dotnet.Output}");
    }
}

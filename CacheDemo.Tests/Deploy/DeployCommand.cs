using CacheDemo.Tests.Support;

namespace CacheDemo.Tests.Deploy;

/// <summary>CacheDemo.Deploy, as a person at a console in the repository runs it.</summary>
internal static class DeployCommand
{
    private const string Project = "CacheDemo.Deploy";

    static DeployCommand() => Directory.SetCurrentDirectory(CommandLine.Root);

    /// <summary>Runs a command to its end, in this process.</summary>
    public static Task<Finished> RunAsync(params string[] arguments) => ProgramInside.RunAsync(Project, arguments);

    /// <summary>As the other, in a process of its own, with these in its environment.</summary>
    public static Task<Finished> RunInOwnProcessAsync(
        IReadOnlyDictionary<string, string> environment, params string[] arguments)
    {
        var folder = AppContext.BaseDirectory.Replace("CacheDemo.Tests", Project, StringComparison.Ordinal);
        return Finished.RunAsync(
            "dotnet",
            [Path.Combine(folder, $"{Project}.dll"), .. arguments],
            environment,
            CommandLine.Root);
    }
}

namespace CacheDemo.Tests.Support;

/// <summary>CacheDemo.Deploy, as a person at a console in the repository runs it.</summary>
internal static class DeployCommand
{
    private static readonly string Program = Path.Combine(
        AppContext.BaseDirectory.Replace("CacheDemo.Tests", "CacheDemo.Deploy", StringComparison.Ordinal),
        "CacheDemo.Deploy.dll");

    /// <summary>Runs a command to its end.</summary>
    public static Task<Finished> RunAsync(params string[] arguments) =>
        RunAsync(new Dictionary<string, string>(), arguments);

    /// <summary>As the other, with these in its environment.</summary>
    public static Task<Finished> RunAsync(IReadOnlyDictionary<string, string> environment, params string[] arguments) =>
        Finished.RunAsync("dotnet", [Program, .. arguments], environment, CommandLine.Root);
}

using System.Runtime.CompilerServices;

namespace CacheDemo.Tests.Support;

/// <summary>What the .NET programs that tests start have in their environment.</summary>
internal static class DotnetEnvironment
{
    // As Directory.Build.props has it for the programs of the repository: dotnet and its compiler run for seconds, too,
    // and code that is compiled twice took a third of the CPU time of the images.
    [ModuleInitializer]
    internal static void Configure()
    {
        Environment.SetEnvironmentVariable("DOTNET_TieredPGO", "0");
        Environment.SetEnvironmentVariable("DOTNET_TC_CallCountingDelayMs", "2710"); // 10,000 in hexadecimal
    }
}

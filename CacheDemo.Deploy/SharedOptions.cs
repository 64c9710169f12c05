using System.CommandLine;

namespace CacheDemo.Deploy;

/// <summary>Options that several commands have.</summary>
internal static class SharedOptions
{
    /// <summary>The manifest to read.</summary>
    public static Option<string> Manifest() => new("--manifest")
    {
        Description = "The manifest that the AppHost published.",
        DefaultValueFactory = _ => "aspire-manifest.json",
    };
}

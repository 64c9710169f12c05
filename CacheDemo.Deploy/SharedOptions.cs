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

    /// <summary>Where Redis comes from.</summary>
    public static Option<string> Redis()
    {
        var option = new Option<string>("--redis")
        {
            Description = "external: at the address given at deployment. container: one of its own.",
            DefaultValueFactory = _ => External,
        };
        option.AcceptOnlyFromAmong(External, Container);
        return option;
    }

    /// <summary>
    /// The manifest to read, and whether it is one with a Redis container: the AppHost publishes two.
    /// </summary>
    public static (string Path, bool WithRedis) ManifestFor(
        this ParseResult parsed,
        Option<string> redis,
        Option<string> manifest)
    {
        var withRedis = parsed.GetValue(redis) == Container;
        return (
            withRedis && parsed.GetResult(manifest) is not { Implicit: false }
                ? Path.Combine("deploy", "compose-redis", "aspire-manifest.json")
                : parsed.GetValue(manifest)!,
            withRedis);
    }

    private const string External = "external", Container = "container";
}

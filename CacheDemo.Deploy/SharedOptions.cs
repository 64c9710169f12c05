using System.CommandLine;

namespace CacheDemo.Deploy;

/// <summary>What several commands have: options, and how they write files.</summary>
internal static class SharedOptions
{
    public static Option<string> Manifest() => new("--manifest")
    {
        Description = "The manifest that the AppHost published.",
        DefaultValueFactory = _ => "aspire-manifest.json",
    };

    public static Option<string> Redis()
    {
        var option = new Option<string>("--redis")
        {
            Description = "external: a server whose address is set at deployment. container: part of the deployment.",
            DefaultValueFactory = _ => External,
        };
        option.AcceptOnlyFromAmong(External, Container);
        return option;
    }

    /// <summary>
    /// The manifest to read, and whether it has a Redis container. The repository has a manifest for each.
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

    /// <summary>Writes a file, and prints its path and the next step.</summary>
    public static void WriteFile(this ParseResult parsed, string path, string text, string nextStep = "")
    {
        Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);
        File.WriteAllText(path, text);
        parsed.InvocationConfiguration.Output.WriteLine($"Wrote {path}. {nextStep}".TrimEnd());
    }

    private const string External = "external", Container = "container";
}

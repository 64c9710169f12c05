using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text.RegularExpressions;

namespace CacheDemo.Deploy.Images;

/// <summary>One run of <c>dotnet publish -t:PublishContainer</c>.</summary>
internal static partial class ImageBuild
{
    /// <summary>Builds the image of a project; with a registry it is pushed there.</summary>
    /// <exception cref="DeployException">dotnet failed; the message has its errors.</exception>
    public static void Run(
        string project,
        string name,
        string tag,
        (string Host, string Path)? registry,
        string[] architectures,
        string? baseImage,
        string artifacts)
    {
        if (architectures.Length == 0)
            architectures = registry is null
                ? [RuntimeInformation.OSArchitecture == Architecture.Arm64 ? "arm64" : "x64"]
                : ["x64", "arm64"];

        var identifiers = string.Join(';', architectures.Select(architecture => $"linux-{architecture}"));
        var properties = new Dictionary<string, string?>
        {
            ["ContainerRepository"] = $"{registry?.Path}{name}",
            ["ContainerImageTag"] = tag,
            ["ContainerUser"] = ImageName.User,
            ["ContainerRegistry"] = registry?.Host,
            // A small Ubuntu without a shell or a package manager.
            ["ContainerFamily"] = baseImage is null ? "noble-chiseled" : null,
            ["ContainerBaseImage"] = baseImage,
            // With several, the SDK makes one image index, which only a registry can store.
            [architectures.Length == 1 ? "RuntimeIdentifier" : "RuntimeIdentifiers"] = identifiers,
            [architectures.Length == 1 ? "ContainerRuntimeIdentifier" : "ContainerRuntimeIdentifiers"] = identifiers,
            ["SelfContained"] = "false",
        };
        string[] arguments =
        [
            // A folder of its own: a build for another runtime identifier would replace the outputs in bin and obj.
            "publish", project, "-c", "Release", "-t:PublishContainer", "--artifacts-path", artifacts,
            "--nologo", "-v:quiet",
            .. properties
                .Where(property => property.Value is not null)
                .Select(property => $"-p:{property.Key}=\"{property.Value}\""),
        ];

        using var process = Process.Start(new ProcessStartInfo("dotnet", arguments) { RedirectStandardOutput = true })!;
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        if (process.ExitCode != 0)
            throw new DeployException($"The image {name} was not built: {Errors(output)}");
    }

    // Each error once, without the stack trace of a task that failed.
    private static string Errors(string output)
    {
        var errors = Error().Matches(output).Select(match => match.Groups[1].Value).Distinct().Take(3).ToArray();
        return errors.Length > 0 ? string.Join(' ', errors) : "dotnet publish failed, and printed no error.";
    }

    [GeneratedRegex(@"error \w+: (?! |--- |The ""\w+"" task failed)(.+?)(?: \[[^\[]+\])?\r?$", RegexOptions.Multiline)]
    private static partial Regex Error();
}

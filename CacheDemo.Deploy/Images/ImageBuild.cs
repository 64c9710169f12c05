using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text.RegularExpressions;

namespace CacheDemo.Deploy.Images;

/// <summary>One run of <c>dotnet publish -t:PublishContainer</c>.</summary>
internal static partial class ImageBuild
{
    // The user app of Microsoft's images; by its number on others as well.
    private const string User = "1654";

    /// <summary>Builds the image of a project; with a registry it is pushed there.</summary>
    /// <exception cref="DeployException">dotnet failed; the message is what it said.</exception>
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
            ["ContainerUser"] = User,
            ["ContainerRegistry"] = registry?.Host,
            // A small Ubuntu without a shell or a package manager.
            ["ContainerFamily"] = baseImage is null ? "noble-chiseled" : null,
            ["ContainerBaseImage"] = baseImage,
            // Several are one image for all of them, which a registry can hold.
            [architectures.Length == 1 ? "RuntimeIdentifier" : "RuntimeIdentifiers"] = identifiers,
            [architectures.Length == 1 ? "ContainerRuntimeIdentifier" : "ContainerRuntimeIdentifiers"] = identifiers,
            ["SelfContained"] = "false",
        };
        string[] arguments =
        [
            // Apart from what is built here for running here.
            "publish",
            project,
            "-c",
            "Release",
            "-t:PublishContainer",
            "--artifacts-path",
            artifacts,
            "--nologo",
            "-v:quiet",
            .. properties
                .Where(property => property.Value is not null)
                .Select(property => $"-p:{property.Key}=\"{property.Value}\""),
        ];

        using var process = Process.Start(new ProcessStartInfo("dotnet", arguments) { RedirectStandardOutput = true })!;
        var said = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        if (process.ExitCode != 0)
            throw new DeployException($"The image {name} was not built: {Errors(said)}");
    }

    // The errors once each, without the trace of a task that fell.
    private static string Errors(string said)
    {
        var errors = Error().Matches(said).Select(match => match.Groups[1].Value).Distinct().Take(3).ToArray();
        return errors.Length > 0 ? string.Join(' ', errors) : "dotnet publish failed, and did not say why.";
    }

    [GeneratedRegex(@"error \w+: (?! |--- |The ""\w+"" task failed)(.+?)(?: \[[^\[]+\])?\r?$", RegexOptions.Multiline)]
    private static partial Regex Error();
}

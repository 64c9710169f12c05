using System.CommandLine;
using CacheDemo.Deploy.Manifest;

namespace CacheDemo.Deploy.Images;

/// <summary>
/// <c>images</c>: builds the image of each project, by the .NET SDK's container publishing, and pushes them.
/// </summary>
internal static class ImagesCommand
{
    public static Command Create()
    {
        var registry = new Option<string?>("--registry")
        {
            Description =
                "The registry to push to, as host or host/path; by default, the Docker or Podman of this machine.",
        };
        var tag = new Option<string>("--tag")
        {
            Description = "The tag of the images.",
            DefaultValueFactory = _ => "latest",
        };
        var architecture = new Option<string[]>("--arch")
        {
            Description = "x64, arm64. By default both with a registry, and this machine's without one.",
            AllowMultipleArgumentsPerToken = true,
        };
        architecture.AcceptOnlyFromAmong("x64", "arm64");
        var baseImage = new Option<string?>("--base-image")
        {
            Description = "The base image, instead of Microsoft's chiselled image.",
        };
        var manifest = SharedOptions.Manifest();

        var command = new Command("images", "Builds the images of the manifest's projects, and pushes them.")
        {
            registry,
            tag,
            architecture,
            baseImage,
            manifest,
        };
        command.SetAction(parsed =>
        {
            var read = DeploymentManifest.Read(parsed.GetValue(manifest)!);
            var to = Destination(parsed.GetValue(registry));
            var images = read.Workloads.OfType<ProjectResource>().ToArray();
            if (images.FirstOrDefault(project => !File.Exists(Path.Combine(read.Folder, project.Path))) is { } missing)
                throw new DeployException($"The project {missing.Path} of {missing.Name} is not there.");

            foreach (var project in images)
            {
                Console.WriteLine($"{project.Name}: {project.Path}");
                ImageBuild.Run(
                    Path.Combine(read.Folder, project.Path),
                    ImageName.Of(project),
                    parsed.GetValue(tag)!,
                    to,
                    parsed.GetValue(architecture) ?? [],
                    parsed.GetValue(baseImage),
                    Path.Combine(read.Folder, "artifacts"));
            }

            var prefix = to is null ? "" : $"{to.Value.Host}/{to.Value.Path}";
            var built = images.Select(project => $"{prefix}{ImageName.Of(project)}:{parsed.GetValue(tag)}");
            Console.WriteLine($"Built {string.Join(", ", built)}.");
            if (to is not null)
                Console.WriteLine($"For deploy/compose: REGISTRY={prefix} in .env.");
        });
        return command;
    }

    // The SDK needs the host separately, and the path as a part of each repository.
    private static (string Host, string Path)? Destination(string? registry)
    {
        if (registry is null)
            return null;
        var parts = registry.TrimEnd('/').Split('/', 2);
        return registry.Contains("://") || parts[0].Length == 0
            ? throw new DeployException($"--registry {registry} is not host or host/path: give it without a scheme.")
            : (parts[0], parts.Length > 1 ? $"{parts[1]}/" : "");
    }
}

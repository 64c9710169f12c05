using System.CommandLine;
using CacheDemo.Deploy.Manifest;

namespace CacheDemo.Deploy.Kubernetes;

/// <summary><c>k8s</c>: objects for a Kubernetes cluster.</summary>
internal static class KubernetesCommand
{
    /// <summary>The command.</summary>
    public static Command Create()
    {
        var redis = SharedOptions.Redis();
        var registry = new Option<string?>("--registry") { Description = "Where the images are, as for images." };
        var tag = new Option<string>("--tag") { Description = "Their tag.", DefaultValueFactory = _ => "latest" };
        var manifest = SharedOptions.Manifest();
        var output = new Option<string?>("--output")
        {
            Description = "The file to write; deploy/k8s/cachedemo.yaml, or cachedemo-redis.yaml, by default.",
        };

        var command = new Command(
            "k8s",
            "Writes objects for Kubernetes: Deployment, Service, NetworkPolicy, Ingress.")
        {
            redis,
            registry,
            tag,
            manifest,
            output,
        };
        command.SetAction(parsed =>
        {
            var (path, withRedis) = parsed.ManifestFor(redis, manifest);
            var images = parsed.GetValue(registry) is { } host ? $"{host.TrimEnd('/')}/" : "";
            var text = KubernetesFile.Write(
                new KubernetesTarget(DeploymentManifest.Read(path)),
                images,
                parsed.GetValue(tag)!);

            var file =
                parsed.GetValue(output)
                ?? (withRedis ? "deploy/k8s/cachedemo-redis.yaml" : "deploy/k8s/cachedemo.yaml");
            Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(file))!);
            File.WriteAllText(file, text);
            Console.WriteLine($"Wrote {file}: its first lines say how to go on.");
        });
        return command;
    }
}

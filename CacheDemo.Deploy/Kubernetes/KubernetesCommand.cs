using System.CommandLine;
using CacheDemo.Deploy.Manifest;

namespace CacheDemo.Deploy.Kubernetes;

/// <summary><c>k8s</c>: objects for a Kubernetes cluster.</summary>
internal static class KubernetesCommand
{
    public static Command Create()
    {
        var redis = SharedOptions.Redis();
        var registry = new Option<string?>("--registry") { Description = "The registry of the images." };
        var tag = new Option<string>("--tag")
        {
            Description = "The tag of the images.",
            DefaultValueFactory = _ => "latest",
        };
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
            var text = Render(
                DeploymentManifest.Read(path),
                parsed.GetValue(registry) is { } host ? $"{host.TrimEnd('/')}/" : "",
                parsed.GetValue(tag)!);
            parsed.WriteFile(
                parsed.GetValue(output)
                    ?? (withRedis ? "deploy/k8s/cachedemo-redis.yaml" : "deploy/k8s/cachedemo.yaml"),
                text,
                "The first lines of the file contain the next command.");
        });
        return command;
    }

    private static string Render(DeploymentManifest manifest, string registry, string tag)
    {
        var evaluator = new Evaluator(manifest);
        var clients = manifest.Workloads
            .SelectMany(client => evaluator.NeedsOf(client).OfType<BindingReference>()
                .Select(need => (Client: client, Server: need.Resource)))
            .Distinct()
            .ToLookup(pair => pair.Server, pair => pair.Client);
        KubernetesService[] services = [.. manifest.Workloads.Select(workload => new KubernetesService(
            workload, evaluator, registry, tag, clients[workload].Except([workload])))];
        return TemplateFile.Render("kubernetes.yaml", new
        {
            Services = services,
            Registry = registry,
            SecretLiterals = string.Join(' ', services.SelectMany(service => service.Inputs)
                .Where(input => input.Default is null)
                .Select(input => $"--from-literal={input.Key}=...")
                .Distinct()),
        });
    }
}

using CacheDemo.Tests.Support;
using k8s;
using k8s.Models;

namespace CacheDemo.Tests.Deploy;

/// <summary>
/// What <c>k8s</c> writes, deserialized by the Kubernetes client, which refuses unknown members.
/// </summary>
public sealed class KubernetesTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("cachedemo-k8s-");

    public void Dispose() => _folder.Delete(recursive: true);

    [Theory]
    [InlineData("deploy/k8s/cachedemo.yaml")]
    [InlineData("deploy/k8s/cachedemo-redis.yaml", "--redis", "container")]
    public async Task The_committed_file_is_what_the_manifest_becomes(string committed, params string[] arguments)
    {
        var file = await WriteAsync(arguments);
        Assert.Equal(
            await File.ReadAllBytesAsync(
                Path.Combine(CommandLine.Root, committed),
                TestContext.Current.CancellationToken),
            await File.ReadAllBytesAsync(file, TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task Only_the_page_has_an_ingress_and_only_clients_of_a_service_may_connect_to_it()
    {
        var objects = Read(await WriteAsync("--redis", "container"));

        var ingress = Assert.Single(objects.OfType<V1Ingress>());
        Assert.Equal("frontend", Assert.Single(Assert.Single(ingress.Spec.Rules).Http.Paths).Backend.Service.Name);
        Assert.All(objects.OfType<V1Service>(), service => Assert.Null(service.Spec.Type));

        Assert.Equal(["api"], ClientsOf("redis"));
        Assert.Equal(["frontend"], ClientsOf("api"));
        Assert.Null(Assert.Single(Policy("frontend").Ingress).FromProperty);

        V1NetworkPolicySpec Policy(string name) =>
            objects
                .OfType<V1NetworkPolicy>()
                .Single(policy => policy.Spec.PodSelector.MatchLabels["app"] == name)
                .Spec;
        IEnumerable<string> ClientsOf(string name) =>
            Policy(name)
                .Ingress.SelectMany(rule => rule.FromProperty)
                .Select(peer => peer.PodSelector.MatchLabels["app"]);
    }

    [Fact]
    public async Task Clients_cannot_spoof_addresses()
    {
        var page = ContainerOf("frontend", await WriteAsync());
        Assert.Equal(
            "false",
            page.Env.Single(variable => variable.Name == "ASPNETCORE_FORWARDEDHEADERS_ENABLED").Value);
    }

    [Fact]
    public async Task Every_pod_runs_unprivileged_and_has_probes()
    {
        var deployments = Read(await WriteAsync("--redis", "container")).OfType<V1Deployment>().ToArray();
        Assert.Equal(["redis", "api", "frontend"], deployments.Select(deployment => deployment.Metadata.Name));

        foreach (var pod in deployments.Select(deployment => deployment.Spec.Template.Spec))
        {
            var container = Assert.Single(pod.Containers);
            Assert.True(pod.SecurityContext.RunAsNonRoot);
            Assert.False(pod.AutomountServiceAccountToken);
            Assert.True(container.SecurityContext.ReadOnlyRootFilesystem);
            Assert.False(container.SecurityContext.AllowPrivilegeEscalation);
            Assert.Equal(["ALL"], container.SecurityContext.Capabilities.Drop);
            Assert.NotNull(container.Resources.Limits["memory"]);
            Assert.Equal(container.Name == "redis" ? null : "/alive", container.LivenessProbe.HttpGet?.Path);
            Assert.Equal(container.Name == "redis" ? "6379" : null, container.ReadinessProbe.TcpSocket?.Port.Value);
        }
    }

    [Fact]
    public async Task Images_without_a_registry_are_used_from_the_node_if_present()
    {
        foreach (
            var container in Read(await WriteAsync())
                .OfType<V1Deployment>()
                .Select(deployment => deployment.Spec.Template.Spec.Containers[0]))
            Assert.Equal(
                ($"cachedemo-{container.Name}:latest", "IfNotPresent"),
                (container.Image, container.ImagePullPolicy));
    }

    [Fact]
    public async Task Secret_values_come_from_the_Kubernetes_secret_and_are_put_where_they_belong()
    {
        var file = await WriteAsync("--redis", "container", "--registry", "registry.example.com/demo/", "--tag", "7");
        Assert.Contains(
            "kubectl create secret generic cachedemo --from-literal=redis-password=...",
            await File.ReadAllTextAsync(file, TestContext.Current.CancellationToken));

        var api = ContainerOf("api", file);
        Assert.Equal(("registry.example.com/demo/cachedemo-api:7", null), (api.Image, api.ImagePullPolicy));
        Assert.Equal(
            "redis-password",
            api.Env.Single(variable => variable.Name == "INPUT_REDIS_PASSWORD").ValueFrom.SecretKeyRef.Key);
        Assert.Equal(
            "redis:6379,password=$(INPUT_REDIS_PASSWORD)",
            api.Env.Single(variable => variable.Name == "ConnectionStrings__redis").Value);
        var names = api.Env.Select(variable => variable.Name).ToList();
        Assert.True(
            names.IndexOf("INPUT_REDIS_PASSWORD") < names.IndexOf("ConnectionStrings__redis"),
            "a variable is put only into those after it");
        Assert.Equal(names.Distinct(), names);
        Assert.Equal("0.05", api.Env.Single(variable => variable.Name == "OTEL_TRACES_SAMPLER_ARG").Value);
    }

    [Fact]
    public async Task The_database_comes_from_the_secret_if_that_has_one()
    {
        var file = await WriteAsync();
        Assert.Contains(
            "kubectl create secret generic cachedemo --from-literal=redis=...\n",
            await File.ReadAllTextAsync(file, TestContext.Current.CancellationToken));

        var environment = ContainerOf("api", file).Env;
        var products = environment.Single(variable => variable.Name == "ConnectionStrings__products");
        Assert.Equal(
            ("cachedemo", "products", true),
            (
                products.ValueFrom.SecretKeyRef.Name,
                products.ValueFrom.SecretKeyRef.Key,
                products.ValueFrom.SecretKeyRef.Optional));
        Assert.DoesNotContain(environment, variable => variable.Name == "INPUT_PRODUCTS");
    }

    private async Task<string> WriteAsync(params string[] arguments)
    {
        var file = Path.Combine(_folder.FullName, "cachedemo.yaml");
        (await DeployCommand.RunAsync(["k8s", "--output", file, .. arguments])).Succeeded();
        return file;
    }

    private static V1Container ContainerOf(string name, string file) => Read(file)
        .OfType<V1Deployment>()
        .Single(deployment => deployment.Metadata.Name == name)
        .Spec.Template.Spec.Containers[0];

    private static List<object> Read(string file) =>
        KubernetesYaml.LoadAllFromString(File.ReadAllText(file), strict: true);
}

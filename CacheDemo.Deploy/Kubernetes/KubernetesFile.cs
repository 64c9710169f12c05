using CacheDemo.Deploy.Images;
using CacheDemo.Deploy.Manifest;

namespace CacheDemo.Deploy.Kubernetes;

/// <summary>
/// Writes one file of Kubernetes objects: for each resource a Deployment, a Service, who may connect, and an Ingress
/// for the page.
/// </summary>
internal static class KubernetesFile
{
    private const string Secret = "cachedemo", Label = "app";

    /// <summary>The file for a manifest.</summary>
    /// <param name="target">The manifest.</param>
    /// <param name="images">What stands before the images' names.</param>
    /// <param name="tag">The images' tag.</param>
    public static string Write(KubernetesTarget target, string images, string tag) =>
        string.Join(
            "---\n",
            target
                .Manifest.Workloads.SelectMany(workload =>
                {
                    var listening = ServiceAddress.Listening(workload).ToArray();
                    IEnumerable<(string ApiVersion, string Kind, Action<YamlText> Spec)> objects =
                    [
                        ("apps/v1", "Deployment", spec => Deployment(spec, workload, listening, target, images, tag)),
                        .. listening.Length > 0
                            ? [("v1", "Service", spec => Service(spec, workload, listening))]
                            : Array.Empty<(string, string, Action<YamlText>)>(),
                        ("networking.k8s.io/v1", "NetworkPolicy", spec => Clients(spec, workload, target)),
                        .. listening
                            .Where(port => port.Binding is { External: true, Transport: "http" or "http2" })
                            .Take(1)
                            .Select(port =>
                                (
                                    "networking.k8s.io/v1",
                                    "Ingress",
                                    (Action<YamlText>)(spec => Ingress(spec, workload, port.Port)))),
                    ];
                    return objects.Select(one => (workload, one));
                })
                .Select(
                    (entry, i) =>
                        YamlText.Document(
                            file =>
                            {
                                if (i == 0)
                                {
                                    file.Comment(
                                        "Written from the Aspire manifest by `dotnet run --project CacheDemo.Deploy -- k8s` (deploy/README.md); not to be edited.",
                                        $"First: kubectl create secret generic {Secret} {string.Join(' ', target.Inputs.Where(NeedsSecret).Select(input => $"--from-literal={KubernetesTarget.KeyOf(input)}=..."))}"
                                    );
                                }

        file.Text("apiVersion", entry.one.ApiVersion).Text("kind", entry.one.Kind)
            .Map("metadata", metadata => metadata.Text("name", entry.workload.Name))
            .Map("spec", entry.one.Spec);
    }, spaced: false)));

    private static void Deployment(
        YamlText spec,
        Workload workload,
        (string Name, Binding Binding, int Port)[] listening,
        KubernetesTarget target,
        string images,
        string tag)
    {
        var user = workload is ProjectResource ? "1654" : "999";
        if (workload is ContainerResource container && (container.Image is null || container.Volumes.Count > 0))
            throw new DeployException($"{workload.Name}: Dockerfiles and volumes are not deployed to Kubernetes.");

        spec.Map("selector", selector => selector.Map("matchLabels", labels => labels.Text(Label, workload.Name)));
        spec.Map("template", template =>
        {
            template.Map("metadata", metadata => metadata.Map("labels", labels => labels.Text(Label, workload.Name)));
            template.Map("spec", pod => pod
                .Value("automountServiceAccountToken", "false")
                .Value("enableServiceLinks", "false")
                .Map("securityContext", security => security
                    .Value("runAsNonRoot", "true").Value("runAsUser", user).Value("runAsGroup", user).Value("fsGroup", user)
                    .Map("seccompProfile", profile => profile.Text("type", "RuntimeDefault")))
                .Maps("containers", one => Container(one, workload, listening, target, images, tag))
                .Maps("volumes", ServiceAddress.TemporaryFolders(workload).Select(folder => (Action<YamlText>)(volume => volume
                    .Text("name", VolumeOf(folder))
                    .Map("emptyDir", directory => directory.Text("medium", "Memory").Text("sizeLimit", "64Mi"))))));
        });
    }

    private static void Container(
        YamlText container,
        Workload workload,
        (string Name, Binding Binding, int Port)[] listening,
        KubernetesTarget target,
        string images,
        string tag)
    {
        container.Text("name", workload.Name);
        container.Text(
            "image",
            workload is ProjectResource project
                ? $"{images}{ImageName.Of(project)}:{tag}"
                : ((ContainerResource)workload).Image!);

        // Images without a registry are those that the nodes have. What is called latest would be pulled.
        if (workload is ProjectResource && images.Length == 0)
            container.Text("imagePullPolicy", "IfNotPresent");
        if (workload is ContainerResource { Entrypoint: { } entrypoint })
            container.List("command", entrypoint);
        if (workload.Args.Count > 0)
            container.List("args", workload.Args.Select(argument => target.Render(workload, argument)));
        container.Maps("env", Environment(workload, target));

        if (listening.Length > 0)
        {
            container.Maps(
                "ports",
                listening.Select(port =>
                    (Action<YamlText>)(map => map.Text("name", port.Name).Value("containerPort", $"{port.Port}"))));

            // Ready is for a new version, which takes over when it answers; alive for what hangs, which is started
            // again. Both ask /alive of CacheDemo.ServiceDefaults, not /health: while Redis is away the API is up and
            // says so.
            foreach (var (probe, period) in new[] { ("readinessProbe", "2"), ("livenessProbe", "10") })
            {
                container.Map(probe, check => check
                    .Map(workload is ProjectResource ? "httpGet" : "tcpSocket", how =>
                    {
                        if (workload is ProjectResource)
                            how.Text("path", "/alive");
                        how.Value("port", $"{listening[0].Port}");
                    })
                    .Value("periodSeconds", period));
            }
        }

        container
            .Map("resources", resources => resources
                .Map("requests", requests => requests.Text("cpu", "100m").Text("memory", "128Mi"))
                .Map("limits", limits => limits.Text("memory", "512Mi")))
            .Map("securityContext", security => security
                .Value("allowPrivilegeEscalation", "false").Value("readOnlyRootFilesystem", "true")
                .Map("capabilities", capabilities => capabilities.List("drop", "ALL")))
            .Maps("volumeMounts", ServiceAddress.TemporaryFolders(workload).Select(folder =>
                (Action<YamlText>)(mount => mount.Text("name", VolumeOf(folder)).Text("mountPath", folder))));
    }

    // Inputs come first: a variable can be put into those after it.
    private static IEnumerable<Action<YamlText>> Environment(Workload workload, KubernetesTarget target)
    {
        foreach (var input in target.InputsOf(workload))
        {
            yield return variable =>
            {
                variable.Text("name", KubernetesTarget.VariableOf(input));
                if (NeedsSecret(input))
                    FromSecret(variable, KubernetesTarget.KeyOf(input));
                else
                    variable.Text("value", input.Definition.Default!.Value!);
            };
        }

        foreach (var (name, value) in workload.Env)
        {
            // As in Compose: it is not known here whether others than the ingress controller get to the pod.
            yield return name == "ASPNETCORE_FORWARDEDHEADERS_ENABLED" && IsExternal(workload)
                ? variable =>
                    variable
                        .Text("name", name)
                        .Comment(
                            "X-Forwarded-For is believed only where nobody can go around the ingress controller: see deploy/README.md."
                        )
                        .Text("value", "false")
                : variable => variable.Text("name", name).Text("value", target.Render(workload, value));
        }

        if (workload is not ProjectResource)
            yield break;
        (string Name, string Value)[] telemetry =
        [
            ("OTEL_SERVICE_NAME", workload.Name),
            ("OTEL_TRACES_SAMPLER", TracesInProduction.Sampler),
            ("OTEL_TRACES_SAMPLER_ARG", TracesInProduction.Ratio),
        ];
        foreach (var (name, value) in telemetry.Where(variable => !workload.Env.ContainsKey(variable.Name)))
            yield return variable => variable.Text("name", name).Text("value", value);
        if (!workload.Env.ContainsKey("OTEL_EXPORTER_OTLP_ENDPOINT"))
            yield return variable =>
                FromSecret(variable.Text("name", "OTEL_EXPORTER_OTLP_ENDPOINT"), "otlp-endpoint", optional: true);
    }

    private static void FromSecret(YamlText variable, string key, bool optional = false) =>
        variable.Map(
            "valueFrom",
            from =>
                from.Map(
                    "secretKeyRef",
                    secret =>
                    {
                        secret.Text("name", Secret).Text("key", key);
                        if (optional)
                            secret.Value("optional", "true");
                    }));

    private static void Service(
        YamlText spec,
        Workload workload,
        (string Name, Binding Binding, int Port)[] listening
    ) =>
        spec.Map("selector", selector => selector.Text(Label, workload.Name))
            .Maps(
                "ports",
                listening.Select(port =>
                    (Action<YamlText>)(map => map.Text("name", port.Name).Value("port", $"{port.Port}"))));

    // Only resources that the manifest connects; external endpoints are open to all.
    private static void Clients(YamlText spec, Workload workload, KubernetesTarget target)
    {
        spec.Map("podSelector", selector => selector.Map("matchLabels", labels => labels.Text(Label, workload.Name)));
        spec.List("policyTypes", "Ingress");
        if (IsExternal(workload))
        {
            spec.Maps("ingress", _ => { });
        }
        else if (target.ClientsOf(workload).ToArray() is { Length: > 0 } clients)
        {
            spec.Maps(
                "ingress",
                rule =>
                    rule.Maps(
                        "from",
                        clients.Select(client =>
                            (Action<YamlText>)(
                                from =>
                                    from.Map(
                                        "podSelector",
                                        selector =>
                                            selector.Map("matchLabels", labels => labels.Text(Label, client.Name)))))));
        }
    }

    private static void Ingress(YamlText spec, Workload workload, int port) =>
        spec.Maps(
            "rules",
            rule =>
                rule.Map(
                    "http",
                    http =>
                        http.Maps(
                            "paths",
                            path =>
                                path.Text("path", "/")
                                    .Text("pathType", "Prefix")
                                    .Map(
                                        "backend",
                                        backend =>
                                            backend.Map(
                                                "service",
                                                service =>
                                                    service
                                                        .Text("name", workload.Name)
                                                        .Map("port", number => number.Value("number", $"{port}")))))));

    private static bool IsExternal(Workload workload) =>
        ServiceAddress.Listening(workload).Any(port => port.Binding.External);

    private static string VolumeOf(string folder) => folder.Trim('/');

    private static bool NeedsSecret(InputReference input) => input.Definition.Default?.Value is null;
}

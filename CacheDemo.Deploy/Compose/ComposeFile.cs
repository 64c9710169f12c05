using System.Reflection;
using CacheDemo.Deploy.Images;
using CacheDemo.Deploy.Manifest;

namespace CacheDemo.Deploy.Compose;

/// <summary>Writes <c>compose.yaml</c>.</summary>
internal static class ComposeFile
{
    private const string Service = "service",
        Inside = "inside",
        Edge = "edge",
        Egress = "egress",
        Dashboard = "aspire-dashboard";

    // The user app of Microsoft's images, and redis, valkey, postgres … of the official ones.
    private const string ProjectUser = "1654:1654", ContainerUser = "999:999";

    /// <summary>The file for a manifest, as it stands in this folder.</summary>
    public static string Write(ComposeTarget target, string folder) => YamlText.Document(file => file
        .Comment(
            "Written from the Aspire manifest by `dotnet run --project CacheDemo.Deploy -- compose` (deploy/README.md). Not to be",
            "edited: settings go into .env, additions into a compose.override.yaml beside this file.")
        .Map($"x-{Service}", Hardening, anchor: Service)
        .Map("services", services =>
        {
            foreach (var workload in target.Manifest.Workloads)
                services.Map(workload.Name, service => Write(service, workload, target, folder));
            services.Comment("Traces and metrics of the deployed system, for whoever is on this host: see .env.");
            services.Map(Dashboard, WriteDashboard);
        })
        .Map("networks", networks =>
        {
            networks.Comment("No way out, and none in.");
            networks.Map(Inside, network => network.Value("internal", "true"));
            networks.Comment("What is published.");
            networks.Map(Edge, _ => { });
            if (target.Manifest.Workloads.Any(workload => GoesOut(workload, target)))
            {
                networks.Comment("A way out, to what the parameters name. Nothing is published here.");
                networks.Map(Egress, _ => { });
            }
        })
        .Volumes(target));

    private static void Hardening(YamlText service) => service
        .Value("read_only", "true")
        .List("tmpfs", "/tmp")
        .List("cap_drop", "ALL")
        .List("security_opt", "no-new-privileges:true")
        .Text("restart", "unless-stopped")
        .Value("cpus", "1")
        .Text("mem_limit", "512m")
        .Value("pids_limit", "256")
        .Map("logging", logging => logging
            .Text("driver", "json-file")
            .Map("options", options => options.Text("max-size", "10m").Text("max-file", "3")));

    private static void Write(YamlText service, Workload workload, ComposeTarget target, string folder)
    {
        service.Merge(Service);
        if (workload is ProjectResource project)
            WriteProject(service, project);
        else
            WriteContainer(service, (ContainerResource)workload, target, folder);

        if (workload.Args is { Count: > 0 } arguments)
            service.List("command", arguments.Select(argument => target.Render(workload, argument)));

        if (workload.Env.Count > 0 || workload is ProjectResource)
        {
            service.Map("environment", environment =>
            {
                foreach (var (name, value) in workload.Env)
                    WriteVariable(environment, name, target.Render(workload, value), IsPublished(workload, target));
                if (workload is ProjectResource)
                    WriteTelemetry(environment, workload);
            });
        }

        var needs = target
            .ReferencesOf(workload)
            .OfType<BindingReference>()
            .Select(reference => reference.Resource.Name)
            .Except([workload.Name]);
        if (needs.Any())
            service.List("depends_on", needs);

        var published = target.Published.Where(port => port.Workload == workload).ToArray();
        if (published.Length > 0)
            service.List("ports", published.Select(port => $"${{{port.Variable}:-{port.Port}}}:{port.TargetPort}"));

        service.List(
            "networks",
            [
                Inside,
                .. published.Length > 0 ? [Edge] : Array.Empty<string>(),
                .. GoesOut(workload, target) ? [Egress] : Array.Empty<string>(),
            ]);
    }

    private static void WriteProject(YamlText service, ProjectResource project) => service
        .Text("image", $"${{{ComposeVariables.Registry}:-}}{ImageName.Of(project)}:${{{ComposeVariables.Tag}:-latest}}")
        .Text("user", ProjectUser);

    private static void WriteContainer(
        YamlText service,
        ContainerResource container,
        ComposeTarget target,
        string folder)
    {
        if (container.Build is { } build)
        {
            service.Map("build", map =>
            {
                map.Text("context", Relative(folder, target.Manifest.Folder, build.Context));
                map.Text("dockerfile", Relative(
                    Path.Combine(target.Manifest.Folder, build.Context), target.Manifest.Folder, build.Dockerfile));
                if (build.Stage is { } stage)
                    map.Text("target", stage);
                if (build.Args.Count > 0)
                {
                    map.Map("args", arguments =>
                    {
                        foreach (var (name, value) in build.Args)
                            arguments.Text(name, value is null ? $"${{{name}:-}}" : target.Render(container, value));
                    });
                }
            });
        }
        else
        {
            service.Text("image", container.Image!);
        }

        service.Text("user", ContainerUser);
        if (container.Entrypoint is { } entrypoint)
            service.List("entrypoint", entrypoint);

        if (container.Volumes.Count > 0)
            service.List(
                "volumes",
                container.Volumes.Select(volume =>
                    $"{(volume.Name is null ? "" : $"{volume.Name}:")}{volume.Target}{(volume.ReadOnly ? ":ro" : "")}")
            );

        if (ServiceAddress.TemporaryFolders(container) is { Length: > 1 } folders)
            service.List("tmpfs", folders);
    }

    private static void WriteVariable(YamlText environment, string name, string value, bool isPublished)
    {
        // Aspire takes it that something stands in front. Here nothing does, and anybody could make up an address.
        if (name == "ASPNETCORE_FORWARDEDHEADERS_ENABLED" && isPublished)
            environment
                .Comment("X-Forwarded-For is believed only where a load balancer stands in front: see .env.")
                .Text(name, "${FORWARDED_HEADERS:-false}");
        else
            environment.Text(name, value);
    }

    private static void WriteTelemetry(YamlText environment, Workload workload)
    {
        (string Name, string Value)[] telemetry =
        [
            ("OTEL_SERVICE_NAME", workload.Name),
            ("OTEL_EXPORTER_OTLP_ENDPOINT", "${OTEL_EXPORTER_OTLP_ENDPOINT:-}"),
            ("OTEL_TRACES_SAMPLER", TracesInProduction.Sampler),
            ("OTEL_TRACES_SAMPLER_ARG", $"${{OTEL_TRACES_SAMPLER_ARG:-{TracesInProduction.Ratio}}}"),
        ];
        foreach (var (name, value) in telemetry.Where(variable => !workload.Env.ContainsKey(variable.Name)))
            environment.Text(name, value);
    }

    private static string AspireVersion => typeof(ComposeFile).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>()
        .Single(metadata => metadata.Key == nameof(AspireVersion)).Value!;

    private static void WriteDashboard(YamlText service) => service
        .Merge(Service)
        .Text("image", $"mcr.microsoft.com/dotnet/aspire-dashboard:{AspireVersion}")
        .Text("user", ProjectUser)
        .List("profiles", "dashboard")
        .Map("environment", environment => environment
            .Comment("Asks for a token, which it makes up and logs.")
            .Text("DASHBOARD__FRONTEND__AUTHMODE", "BrowserToken")
            .Text("DASHBOARD__OTLP__AUTHMODE", "Unsecured"))
        .List("ports", "127.0.0.1:18888:18888")
        .List("networks", Inside, Edge);

    private static YamlText Volumes(this YamlText file, ComposeTarget target)
    {
        var names = target
            .Manifest.Workloads.OfType<ContainerResource>()
            .SelectMany(container => container.Volumes)
            .Select(volume => volume.Name)
            .OfType<string>()
            .Distinct();
        return names.Any()
            ? file.Map("volumes", volumes => names.ToList().ForEach(name => volumes.Map(name, _ => { })))
            : file;
    }

    private static bool IsPublished(Workload workload, ComposeTarget target) =>
        target.Published.Any(port => port.Workload == workload);

    // A connection string that is given at deployment leads out of the system.
    private static bool GoesOut(Workload workload, ComposeTarget target) =>
        target
            .ReferencesOf(workload)
            .OfType<InputReference>()
            .Any(input => input.Parameter.ConnectionString is not null);

    private static string Relative(string from, string manifest, string path) =>
        Path.GetRelativePath(from, Path.Combine(manifest, path)).Replace('\\', '/');
}

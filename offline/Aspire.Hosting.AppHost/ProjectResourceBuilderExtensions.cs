using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Running;
using Microsoft.Extensions.Hosting;

namespace Aspire.Hosting;

/// <summary>Adds projects.</summary>
public static class ProjectResourceBuilderExtensions
{
    /// <summary>Adds a project. Its endpoints and some of its environment come from its launch profile.</summary>
    public static IResourceBuilder<ProjectResource> AddProject<TProject>(
        this IDistributedApplicationBuilder builder, string name)
        where TProject : IProjectMetadata, new()
    {
        var metadata = new TProject();
        var project = builder.AddResource(new ProjectResource(name)).WithAnnotation<IProjectMetadata>(metadata);
        var profile = LaunchProfile.Of(metadata.ProjectPath, builder.Configuration["DOTNET_LAUNCH_PROFILE"]);

        project.WithEnvironment("OTEL_DOTNET_EXPERIMENTAL_OTLP_RETRY", "in_memory");
        if (builder.Environment.IsDevelopment())
        {
            project
                .WithEnvironment("OTEL_DOTNET_EXPERIMENTAL_ASPNETCORE_DISABLE_URL_QUERY_REDACTION", "true")
                .WithEnvironment("OTEL_DOTNET_EXPERIMENTAL_HTTPCLIENT_DISABLE_URL_QUERY_REDACTION", "true")
                .WithEnvironment("OTEL_BLRP_SCHEDULE_DELAY", "1000")
                .WithEnvironment("OTEL_BSP_SCHEDULE_DELAY", "1000")
                .WithEnvironment("OTEL_METRIC_EXPORT_INTERVAL", "1000")
                .WithEnvironment("OTEL_TRACES_SAMPLER", "always_on")
                .WithEnvironment("OTEL_METRICS_EXEMPLAR_FILTER", "trace_based")
                .WithEnvironment("OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT", "true");
        }

        project
            .WithEnvironment("DOTNET_SYSTEM_CONSOLE_ALLOW_ANSI_COLOR_REDIRECTION", "true")
            .WithEnvironment("LOGGING__CONSOLE__FORMATTERNAME", "simple")
            .WithEnvironment(SetUrls);

        return profile is null ? project : project.WithLaunchProfile(profile);
    }

    /// <summary>Runs the project as several processes, with a proxy before them.</summary>
    public static IResourceBuilder<ProjectResource> WithReplicas(
        this IResourceBuilder<ProjectResource> builder, int replicas) =>
        builder.WithAnnotation(new ReplicaAnnotation(replicas), ResourceAnnotationMutationBehavior.Replace);

    private static void SetUrls(EnvironmentCallbackContext context)
    {
        var project = (ProjectResource)context.Resource;
        var urls =
            from endpoint in project.Annotations.OfType<EndpointAnnotation>()
            where endpoint.UriScheme is "http" or "https"
            let port = new EndpointReference(project, endpoint.Name).Property(EndpointProperty.TargetPort)
            select ReferenceExpression.Create($"{endpoint.UriScheme}://{endpoint.TargetHost}:{port}");

        if (urls.Any())
        {
            context.EnvironmentVariables.TryAdd("ASPNETCORE_URLS",
                urls.Aggregate((before, url) => ReferenceExpression.Create($"{before};{url}")));
        }
    }

    private static IResourceBuilder<ProjectResource> WithLaunchProfile(
        this IResourceBuilder<ProjectResource> project, LaunchProfile profile)
    {
        foreach (var (endpointName, url) in profile.Endpoints())
        {
            project.WithEndpoint(endpointName, endpoint =>
            {
                endpoint.Port = url.Port;
                endpoint.TargetHost = url.Host;
                endpoint.UriScheme = url.Scheme;
            });
        }

        return project.WithEnvironment(context =>
        {
            context.EnvironmentVariables.TryAdd("DOTNET_LAUNCH_PROFILE", profile.Name);
            foreach (var (name, value) in profile.EnvironmentVariables)
                context.EnvironmentVariables.TryAdd(name, Environment.ExpandEnvironmentVariables(value));
        });
    }
}

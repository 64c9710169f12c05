using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace CacheDemo.AppHost;

/// <summary>Which ports the system listens on, whether they are free, and how many instances share one.</summary>
internal static class Ports
{
    /// <summary>Takes the port of the resource's <c>http</c> endpoint from the configuration; absent, the launch profile's stands.</summary>
    /// <exception cref="SetupException">The configured port is not a number from 1 to 65535.</exception>
    public static IResourceBuilder<ProjectResource> WithPortFrom(this IResourceBuilder<ProjectResource> project, string key)
    {
        return project.NumberFrom(key, "a port", ushort.MaxValue) is { } port
            ? project.WithEndpoint("http", endpoint => endpoint.Port = port)
            : project;
    }

    /// <summary>Takes the number of instances from the configuration; absent, it is one.</summary>
    /// <exception cref="SetupException">The configured number is not from 1 to 16.</exception>
    public static IResourceBuilder<ProjectResource> WithReplicasFrom(this IResourceBuilder<ProjectResource> project, string key) =>
        project.NumberFrom(key, "a number of instances", 16) is { } replicas ? project.WithReplicas(replicas) : project;

    private static int? NumberFrom(this IResourceBuilder<ProjectResource> project, string key, string what, int max)
    {
        if (project.ApplicationBuilder.Configuration[key] is not { Length: > 0 } configured)
            return null;

        return int.TryParse(configured, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number > 0 && number <= max
            ? number
            : throw new SetupException($"--{key}={configured} is not {what}: give a number from 1 to {max}.");
    }

    /// <summary>
    /// Fails on the first port that is taken. Aspire itself starts the rest and leaves the resource that cannot listen waiting.
    /// </summary>
    /// <exception cref="SetupException">A port is in use.</exception>
    public static void CheckPorts(this IDistributedApplicationBuilder builder)
    {
        // Aspire.Hosting.Testing gives every resource a free port, whatever the model says.
        if (builder.ExecutionContext.IsPublishMode || builder.Configuration["DcpPublisher:RandomizePorts"] is "true")
            return;

        var resources =
            from resource in builder.Resources.OfType<ProjectResource>()
            from endpoint in resource.Annotations.OfType<EndpointAnnotation>()
            where endpoint.Port is not null
            select (Port: endpoint.Port!.Value, resource.Name,
                Remedy: $"choose another with --{char.ToUpperInvariant(resource.Name[0])}{resource.Name[1..]}:Port=<port>");

        var dashboard =
            from key in new[] { "ASPNETCORE_URLS", "ASPIRE_DASHBOARD_OTLP_ENDPOINT_URL", "ASPIRE_RESOURCE_SERVICE_ENDPOINT_URL" }
            from url in (builder.Configuration[key] ?? "").Split(';', StringSplitOptions.RemoveEmptyEntries)
            where Uri.TryCreate(url, UriKind.Absolute, out _)
            select (new Uri(url).Port, Name: "the Aspire dashboard", Remedy: $"choose another in {key}");

        foreach (var (port, name, remedy) in resources.Concat(dashboard))
        {
            if (IsTaken(port))
                throw new SetupException($"Port {port}, wanted by {name}, is in use: stop what listens there, or {remedy}.");
        }
    }

    private static bool IsTaken(int port)
    {
        try
        {
            using var listener = new TcpListener(IPAddress.Loopback, port);
            listener.Start();
            return false;
        }
        catch (SocketException)
        {
            return true;
        }
    }
}

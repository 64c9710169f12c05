using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.DependencyInjection;

namespace CacheDemo.AppHost;

/// <summary>Which ports the system listens on, whether they are free, and how many instances share one.</summary>
internal static class Ports
{
    /// <summary>
    /// Sets the port of the resource's <c>http</c> endpoint from the configuration; the default is in the launch
    /// profile.
    /// </summary>
    /// <exception cref="SetupException">The configured port is not a number from 1 to 65535.</exception>
    public static IResourceBuilder<ProjectResource> WithPortFrom(
        this IResourceBuilder<ProjectResource> project,
        string key
    ) =>
        project.ApplicationBuilder.PortFrom(key) is { } port
            ? project.WithEndpoint("http", endpoint => endpoint.Port = port)
            : project;

    /// <summary>The configured port, or null.</summary>
    /// <exception cref="SetupException">It is not a number from 1 to 65535.</exception>
    public static int? PortFrom(this IDistributedApplicationBuilder builder, string key) =>
        builder.NumberFrom(key, "a port", ushort.MaxValue);

    /// <summary>Sets the number of instances from the configuration; the default is one.</summary>
    /// <exception cref="SetupException">The configured number is not from 1 to 16.</exception>
    public static IResourceBuilder<ProjectResource> WithReplicasFrom(
        this IResourceBuilder<ProjectResource> project,
        string key
    ) => project.WithReplicas(project.ApplicationBuilder.NumberFrom(key, "a number of instances", 16) ?? 1);

    private static int? NumberFrom(this IDistributedApplicationBuilder builder, string key, string what, int max)
    {
        if (builder.Configuration[key] is not { Length: > 0 } configured)
            return null;

        return
            int.TryParse(configured, NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            && number > 0
            && number <= max
            ? number
            : throw new SetupException($"--{key}={configured} is not {what}: give a number from 1 to {max}.");
    }

    /// <summary>
    /// Ends the start with one line at the first port that is in use, or wanted twice. Aspire would start the rest and
    /// leave the resource waiting.
    /// </summary>
    public static void AddPortCheck(this IDistributedApplicationBuilder builder) =>
        builder.Eventing.Subscribe<BeforeStartEvent>((starting, _) =>
        {
            // Aspire.Hosting.Testing and "aspire run --isolated" give every resource a free port, whatever the model
            // says.
            if (builder.ExecutionContext.IsPublishMode
                || builder.Configuration["DcpPublisher:RandomizePorts"] is "true")
                return Task.CompletedTask;

            var model = starting.Services.GetRequiredService<DistributedApplicationModel>();
            var wanted = new Dictionary<int, string>();
            foreach (var (project, port) in
                from project in model.Resources.OfType<ProjectResource>()
                from endpoint in project.Annotations.OfType<EndpointAnnotation>()
                where endpoint.Port is not null
                select (project.Name, endpoint.Port!.Value))
            {
                var option = $"--{char.ToUpperInvariant(project[0])}{project[1..]}:Port=<port>";
                if (!wanted.TryAdd(port, project))
                    throw new SetupException(
                        $"Port {port} is wanted by {wanted[port]} and {project}: choose another with {option}.");
                if (IsTaken(port))
                {
                    throw new SetupException(
                        $"Port {port}, wanted by {project}, is in use: "
                        + $"stop what listens there, or choose another with {option}.");
                }
            }

            return Task.CompletedTask;
        });

    /// <summary>Whether something listens on a port of this machine.</summary>
    public static bool IsTaken(int port)
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

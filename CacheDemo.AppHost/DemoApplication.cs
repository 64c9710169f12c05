using System.Net;
using System.Net.Sockets;
using System.Reflection;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace CacheDemo.AppHost;

/// <summary>Creates the builder of the system.</summary>
internal static class DemoApplication
{
    /// <summary>The configuration of <c>--output-path</c>.</summary>
    public const string OutputPathKey = "Pipeline:OutputPath";

    private static readonly string[] DashboardUrls =
        ["ASPNETCORE_URLS", "ASPIRE_DASHBOARD_OTLP_ENDPOINT_URL", "ASPIRE_RESOURCE_SERVICE_ENDPOINT_URL"];

    /// <summary>
    /// Creates the builder. A start that fails ends with one line and exit code 1; ports of the dashboard that are in
    /// use are replaced by free ones; the console shows what <see cref="ConsoleOutput"/> selects.
    /// </summary>
    public static IDistributedApplicationBuilder CreateBuilder(string[] args)
    {
        AppDomain.CurrentDomain.UnhandledException += (_, unhandled) =>
        {
            // Aspire wraps exceptions of event handlers. What the host logs of others, the runtime prints too.
            switch ((unhandled.ExceptionObject as Exception)?.GetBaseException())
            {
                case SetupException problem:
                    Console.Error.WriteLine(problem.Message);
                    Environment.Exit(1);
                    break;
                case OperationCanceledException: // Ctrl+C during the start
                    Environment.Exit(130);
                    break;
            }
        };

        UseFreeDashboardPorts();
        // appsettings.json is in the project's folder, whatever the working directory is.
        var builder = DistributedApplication.CreateBuilder([
            $"--{HostDefaults.ContentRootKey}={ProjectFolder}",
            .. args]);
        // The prompt returns when every process has ended.
        builder.Configuration["DcpPublisher:WaitForResourceCleanup"] = "true";
        builder.ResolveOutputPath();
        builder.AddDeploymentSteps();
        builder.AddPortCheck();
        builder.ConfigureProjects();
        builder.AddConsoleOutput();
        return builder;
    }

    private static string ProjectFolder =>
        typeof(DemoApplication)
            .Assembly.GetCustomAttributes<AssemblyMetadataAttribute>()
            .Single(metadata => metadata.Key == "apphostprojectpath")
            .Value!;

    // The launch profile has the dashboard's ports; a second copy of the system takes others. The ports of page and API
    // are typed by people, and are not replaced.
    private static void UseFreeDashboardPorts()
    {
        foreach (var name in DashboardUrls)
        {
            if (
                Uri.TryCreate(Environment.GetEnvironmentVariable(name), UriKind.Absolute, out var url)
                && Ports.IsTaken(url.Port))
                Environment.SetEnvironmentVariable(
                    name,
                    new UriBuilder(url) { Port = FreePort() }.Uri.GetLeftPart(UriPartial.Authority));
        }
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    // No HTTPS: without this, Aspire warns where a machine has no trusted development certificate. The sampler follows
    // the parent, so that requests that one service does not trace, the next does not either; the default of Aspire is
    // always_on.
    private static void ConfigureProjects(this IDistributedApplicationBuilder builder) =>
        builder.Eventing.Subscribe<BeforeStartEvent>(
            (_, _) =>
            {
                if (builder.ExecutionContext.IsPublishMode)
                    return Task.CompletedTask;
                if (
                    builder.Configuration["ASPIRE_CONTAINER_RUNTIME"]
                    is { Length: > 0 } runtime
                        and not ("docker" or "podman"))
                    throw new SetupException(
                        $"ASPIRE_CONTAINER_RUNTIME={runtime} is not known to Aspire: use docker or podman.");

#pragma warning disable ASPIRECERTIFICATES001 // Experimental, and the only way.
            foreach (var project in builder.Resources.OfType<ProjectResource>().ToArray())
            {
                builder.CreateResourceBuilder(project)
                    .WithoutHttpsCertificate()
                    .WithEnvironment("OTEL_TRACES_SAMPLER", "parentbased_always_on")
                    // A stop waits no longer for a dashboard that has ended.
                    .WithEnvironment("OTEL_EXPORTER_OTLP_TIMEOUT", "1000");
            }
#pragma warning restore ASPIRECERTIFICATES001
            return Task.CompletedTask;
        });

    /// <summary>
    /// Resolves a relative <c>--output-path</c> against the working directory. Aspire resolves it against the AppHost's
    /// folder; so does this where the former would leave the repository, as <c>../aspire-manifest.json</c> does.
    /// </summary>
    private static void ResolveOutputPath(this IDistributedApplicationBuilder builder)
    {
        if (builder.Configuration[OutputPathKey] is not { Length: > 0 } path || Path.IsPathFullyQualified(path))
            return;

        var repository = Path.GetFullPath("..", builder.AppHostDirectory);
        var typed = Path.GetFullPath(path);
        var leaves = IsIn(repository, Environment.CurrentDirectory) && !IsIn(repository, typed);
        builder.Configuration[OutputPathKey] = leaves
            ? Path.GetFullPath(path, builder.AppHostDirectory)
            : typed;
    }

    private static bool IsIn(string folder, string path) =>
        path == folder || path.StartsWith(folder + Path.DirectorySeparatorChar, StringComparison.Ordinal);
}

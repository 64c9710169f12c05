using System.Net;
using System.Net.Sockets;
using System.Reflection;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace CacheDemo.AppHost;

/// <summary>What every start of the system has, whatever its resources are.</summary>
internal static class DemoApplication
{
    private static readonly string[] DashboardUrls =
        ["ASPNETCORE_URLS", "ASPIRE_DASHBOARD_OTLP_ENDPOINT_URL", "ASPIRE_RESOURCE_SERVICE_ENDPOINT_URL"];

    /// <summary>
    /// Creates the builder. A start that cannot be as asked ends with one line and exit code 1; ports of the dashboard
    /// that are taken are replaced by free ones; the console shows what a person wants to read
    /// (<see cref="ConsoleOutput"/>).
    /// </summary>
    public static IDistributedApplicationBuilder CreateBuilder(string[] args)
    {
        AppDomain.CurrentDomain.UnhandledException += (_, unhandled) =>
        {
            // Aspire wraps what handlers of its events throw.
            if (
                unhandled.ExceptionObject is not Exception exception
                || exception.GetBaseException() is not SetupException problem)
                return;
            Console.Error.WriteLine(problem.Message);
            Environment.Exit(1);
        };

        UseFreeDashboardPorts();
        // appsettings.json is read from the project's folder, wherever the command is typed.
        var builder = DistributedApplication.CreateBuilder([
            $"--{HostDefaults.ContentRootKey}={ProjectFolder}",
            .. args]);
        builder.Configuration["DcpPublisher:WaitForResourceCleanup"] = "true"; // the prompt comes back when nothing runs any more
        builder.ResolveOutputPath();
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

    // The launch profile says the dashboard's ports; a second copy of the system takes others. A page's or an API's
    // port is one that people type, so that these are not replaced.
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

    // Nothing here speaks HTTPS: without this, Aspire warns where a machine has no trusted development certificate. The
    // sampler follows the parent, so that what a service does not trace, the next one does not either; Aspire's own is
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

#pragma warning disable ASPIRECERTIFICATES001 // Experimental, and the only way to say so.
            foreach (var project in builder.Resources.OfType<ProjectResource>().ToArray())
            {
                builder.CreateResourceBuilder(project)
                    .WithoutHttpsCertificate()
                    .WithEnvironment("OTEL_TRACES_SAMPLER", "parentbased_always_on")
                    .WithEnvironment("OTEL_EXPORTER_OTLP_TIMEOUT", "1000"); // a stop waits no longer for a dashboard that has gone
            }
#pragma warning restore ASPIRECERTIFICATES001
            return Task.CompletedTask;
        });

    /// <summary>
    /// Takes a relative <c>--output-path</c> from where the command was typed, as a person expects. Aspire takes it
    /// from the AppHost's folder; so does this where the former would leave the repository, as
    /// <c>../aspire-manifest.json</c> does.
    /// </summary>
    private static void ResolveOutputPath(this IDistributedApplicationBuilder builder)
    {
        const string Key = "Pipeline:OutputPath";
        if (builder.Configuration[Key] is not { Length: > 0 } path || Path.IsPathFullyQualified(path))
            return;

        var repository = Path.GetFullPath("..", builder.AppHostDirectory);
        var typed = Path.GetFullPath(path);
        builder.Configuration[Key] = IsIn(repository, Environment.CurrentDirectory) && !IsIn(repository, typed)
            ? Path.GetFullPath(path, builder.AppHostDirectory)
            : typed;
    }

    private static bool IsIn(string folder, string path) =>
        path == folder || path.StartsWith(folder + Path.DirectorySeparatorChar, StringComparison.Ordinal);
}

using System.Reflection;
using Aspire.Hosting.Running;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Hosting;

namespace Aspire.Hosting.Testing;

/// <summary>What an AppHost finds in its configuration in a test, unless the test says otherwise.</summary>
internal static class TestDefaults
{
    /// <summary>Before the test's own options: its arguments, no dashboard, free ports.</summary>
    public static void Before(
        Assembly appHost, string[] args, DistributedApplicationOptions options, HostApplicationBuilderSettings settings)
    {
        // The AppHost hands its arguments on or not; the test's count either way, and once.
        settings.Args = options.Args = args;
        settings.ApplicationName = appHost.GetName().Name;
        settings.ContentRootPath = ProjectDirectory(appHost);
        options.DisableDashboard = true;
        options.EnableResourceLogging = true;

        Add(settings, new Dictionary<string, string?> { ["DcpPublisher:RandomizePorts"] = "true" });
    }

    /// <summary>After them: what <c>dotnet run</c> takes from the AppHost's launch profile.</summary>
    public static void After(Assembly appHost, HostApplicationBuilderSettings settings)
    {
        var profiles = ProjectDirectory(appHost) is { } directory ? LaunchProfile.All(directory) : [];
        var wanted = Given(settings)["DOTNET_LAUNCH_PROFILE"];
        var profile = wanted is null
            ? profiles.FirstOrDefault()
            : profiles.FirstOrDefault(p => p.Name == wanted)
                ?? throw new InvalidOperationException($"The AppHost has no launch profile '{wanted}'.");
        if (profile is null)
            return;

        var defaults = new Dictionary<string, string?> { ["DOTNET_LAUNCH_PROFILE"] = profile.Name };
        foreach (var (name, value) in profile.EnvironmentVariables)
        {
            defaults[name] = value;
            if (name.Split('_', 2) is ["DOTNET" or "ASPNETCORE", var key])
                defaults[key] = value;
        }

        Add(settings, defaults);
    }

    private static void Add(HostApplicationBuilderSettings settings, Dictionary<string, string?> defaults)
    {
        var given = Given(settings);
        settings.Configuration ??= new();
        settings.Configuration.AddInMemoryCollection([.. defaults.Where(d => given[d.Key] is null)]);
    }

    private static IConfiguration Given(HostApplicationBuilderSettings settings)
    {
        var given = new ConfigurationBuilder().AddCommandLine(settings.Args ?? []);
        if (settings.Configuration is not null)
            given.AddConfiguration(settings.Configuration);
        return given.Build();
    }

    private static string? ProjectDirectory(Assembly appHost) =>
        appHost.GetCustomAttributes<AssemblyMetadataAttribute>()
            .FirstOrDefault(m => m.Key == "apphostprojectpath" && Directory.Exists(m.Value))?.Value;
}

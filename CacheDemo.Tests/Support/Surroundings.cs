using Aspire.Hosting;
using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Testing;

namespace CacheDemo.Tests.Support;

/// <summary>The environment variables of the processes of a system.</summary>
internal static class Surroundings
{
    /// <summary>
    /// Sets an environment variable of one project, or of all; it is set last, and so overrides that of the AppHost.
    /// </summary>
    public static IDistributedApplicationTestingBuilder WithEnvironment(
        this IDistributedApplicationTestingBuilder system, string name, string value, string? project = null)
    {
        foreach (
            var resource in system
                .Resources.OfType<ProjectResource>()
                .Where(resource => project is null || resource.Name == project)
                .ToArray())
            system.CreateResourceBuilder(resource).WithEnvironment(name, value);
        return system;
    }
}

using Aspire.Hosting;
using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Testing;

namespace CacheDemo.Tests.Support;

/// <summary>What the processes of a system find in their environment.</summary>
internal static class Surroundings
{
    /// <summary>
    /// Sets an environment variable of one project, or of all; it comes after, and so counts before, what the AppHost
    /// sets.
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

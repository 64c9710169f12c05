using Microsoft.Extensions.Configuration;

namespace CacheDemo.AppHost;

/// <summary>Hands settings of the whole system on to the service that they are for.</summary>
internal static class Settings
{
    /// <summary>
    /// Sets what the AppHost was given under these sections, as in <c>--SignIn:ApiKey=…</c>, in the service's environment. In a run
    /// only: a published manifest is for everyone to read, and a deployment has secrets of its own.
    /// </summary>
    public static IResourceBuilder<ProjectResource> WithSettingsFrom(this IResourceBuilder<ProjectResource> project, params string[] sections)
    {
        var builder = project.ApplicationBuilder;
        if (!builder.ExecutionContext.IsRunMode)
            return project;

        foreach (var (key, value) in sections.SelectMany(section => builder.Configuration.GetSection(section).AsEnumerable()))
        {
            if (value is not null)
                project.WithEnvironment(key.Replace(":", "__", StringComparison.Ordinal), value);
        }

        return project;
    }
}

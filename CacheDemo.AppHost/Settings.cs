using Microsoft.Extensions.Configuration;

namespace CacheDemo.AppHost;

/// <summary>Hands settings of the whole system on to the service that they are for.</summary>
internal static class Settings
{
    private static readonly string[] Files = ["Redis:CertificateAuthority", "Redis:PasswordFile", "SignIn:KeyRing"];

    /// <summary>
    /// Sets what the AppHost was given in these sections in the service's environment: <c>--Cache:DefaultTtl=300</c>
    /// becomes <c>Cache__DefaultTtl</c>. A relative file is one from where the AppHost was started. In a run only:
    /// everybody can read a published manifest, and a deployment has settings and secrets of its own.
    /// </summary>
    public static IResourceBuilder<ProjectResource> WithSettingsFrom(
        this IResourceBuilder<ProjectResource> project, params string[] sections)
    {
        var builder = project.ApplicationBuilder;
        if (!builder.ExecutionContext.IsRunMode)
            return project;

        foreach (
            var (key, value) in sections.SelectMany(section =>
                builder.Configuration.GetSection(section).AsEnumerable()))
        {
            if (value is null || key.Equals(DemoRedis.ModeKey, StringComparison.OrdinalIgnoreCase))
                continue;
            var isFile = Files.Contains(key, StringComparer.OrdinalIgnoreCase);
            project.WithEnvironment(
                key.Replace(":", "__", StringComparison.Ordinal),
                isFile && value.Length > 0 ? Path.GetFullPath(value) : value);
        }

        return project;
    }
}

using Microsoft.Extensions.Configuration;

namespace CacheDemo.AppHost;

/// <summary>Passes settings of the AppHost on to services.</summary>
internal static class Settings
{
    private static readonly string[] Files = [
        "Products:DataFolder", "Redis:CertificateAuthority", "Redis:PasswordFile", "SignIn:KeyRing"];

    /// <summary>Options of the AppHost itself.</summary>
    private static readonly string[] Own = [DemoProducts.ModeKey, DemoRedis.ModeKey];

    /// <summary>
    /// Sets the settings in these sections in the environment of the service: <c>--Cache:DefaultTtl=300</c> becomes
    /// <c>Cache__DefaultTtl</c>. A relative path is resolved against the working directory. Not when publishing: the
    /// manifest is public, and a deployment has its own settings and secrets.
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
            if (value is null || Own.Contains(key, StringComparer.OrdinalIgnoreCase))
                continue;
            var isFile = Files.Contains(key, StringComparer.OrdinalIgnoreCase);
            project.WithEnvironment(
                key.Replace(":", "__", StringComparison.Ordinal),
                isFile && value.Length > 0 ? Path.GetFullPath(value) : value);
        }

        return project;
    }
}

using Microsoft.Extensions.Configuration;

namespace CacheDemo.AppHost;

/// <summary>How the API comes to its Redis, where that is more than an address.</summary>
internal static class RedisSettings
{
    private static readonly string[] Sections = ["Redis", "ElastiCache"], Files = ["Redis:CertificateAuthority", "Redis:PasswordFile"];

    private const string Mode = "Redis:Mode", Password = "Redis:Password";

    /// <summary>
    /// Hands on what the configuration says in the sections <c>Redis</c> and <c>ElastiCache</c> but <c>Redis:Mode</c>:
    /// <c>--ElastiCache:Iam:User=…</c> becomes <c>ElastiCache__Iam__User</c>. Files are meant from where the AppHost was started.
    /// A published manifest is for everyone to read: the password is not in it.
    /// </summary>
    public static IResourceBuilder<ProjectResource> WithRedisSettings(this IResourceBuilder<ProjectResource> api)
    {
        var builder = api.ApplicationBuilder;
        var settings =
            from section in Sections
            from setting in builder.Configuration.GetSection(section).AsEnumerable()
            where setting.Value is { Length: > 0 } && !setting.Key.Equals(Mode, StringComparison.OrdinalIgnoreCase)
            where builder.ExecutionContext.IsRunMode || !setting.Key.Equals(Password, StringComparison.OrdinalIgnoreCase)
            select setting;

        foreach (var (key, value) in settings)
        {
            var isFile = builder.ExecutionContext.IsRunMode && Files.Contains(key, StringComparer.OrdinalIgnoreCase);
            api.WithEnvironment(key.Replace(":", "__"), isFile ? Path.GetFullPath(value!) : value!);
        }

        return api;
    }
}

using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Options;

namespace CacheDemo.Redis;

/// <summary>How an application connects to Redis; section <c>Redis</c> of the configuration.</summary>
public sealed class ElastiCacheSettings
{
    /// <summary>
    /// The connection string: <c>host:6379</c>, a StackExchange.Redis string or a <c>redis://</c> or <c>rediss://</c>
    /// URL (<see cref="RedisConnectionString"/>).
    /// </summary>
    public string? ConnectionString { get; set; }

    /// <summary>
    /// A PEM file with certificate authorities that are trusted in addition to those of the machine, for servers with
    /// a private certificate. ElastiCache does not need it.
    /// </summary>
    public string? CertificateAuthority { get; set; }

    /// <summary>
    /// The password, or the AUTH token, instead of the one in the connection string: for secret stores that provide it
    /// as a variable.
    /// </summary>
    public string? Password { get; set; }

    /// <summary>
    /// A file with the password, or the AUTH token, instead of the one in the connection string. It is read at every
    /// connection, so that a rotated password needs no restart.
    /// </summary>
    public string? PasswordFile { get; set; }

    /// <summary><c>primary</c>, or <c>replica</c> for reads that prefer replicas and may be slightly stale.</summary>
    public string ReadFrom { get; set; } = "primary";

    /// <summary>Authentication with an IAM identity, section <c>ElastiCache:Iam</c>; null without IAM.</summary>
    public ElastiCacheIamSettings? Iam { get; set; }

    /// <summary>Whether no health checks are registered.</summary>
    public bool DisableHealthChecks { get; set; }

    /// <summary>Whether the client records no spans.</summary>
    public bool DisableTracing { get; set; }

    /// <summary>Reads the settings.</summary>
    /// <exception cref="OptionsValidationException">One is not of its type; the message names it.</exception>
    internal static ElastiCacheSettings From(IConfiguration configuration, string connectionName)
    {
        var settings = new ElastiCacheSettings();
        try
        {
            configuration.GetSection("Redis").Bind(settings);
            if (configuration.GetSection(ElastiCacheIamSettings.Section) is var iam && iam.Exists())
                iam.Bind(settings.Iam = new());
        }
        catch (InvalidOperationException e)
        {
            throw new OptionsValidationException(connectionName, typeof(ElastiCacheSettings), [e.Message]);
        }

        if (configuration.GetConnectionString(connectionName) is { Length: > 0 } connectionString)
            settings.ConnectionString = connectionString;
        return settings;
    }
}

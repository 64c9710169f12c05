using System.ComponentModel.DataAnnotations;
using System.Text.RegularExpressions;

namespace CacheDemo.Api.Redis;

/// <summary>Signing in to ElastiCache with an IAM identity instead of a password; section <c>ElastiCache:Iam</c>.</summary>
internal sealed partial class ElastiCacheIamOptions
{
    private const string Section = "ElastiCache:Iam";

    /// <summary>The id of the ElastiCache user, which must be its name too. IAM is used where this is set.</summary>
    public string? User { get; set; }

    /// <summary>The name of the replication group or serverless cache: not its address.</summary>
    public string? Cache { get; set; }

    /// <summary>
    /// The region it is in. When absent it is taken from the endpoint, else from <c>AWS_REGION</c>, which AWS sets where it runs
    /// containers, else from the AWS profile.
    /// </summary>
    public string? Region { get; set; }

    /// <summary>Whether it is a serverless cache.</summary>
    public bool Serverless { get; set; }

    /// <summary>
    /// How often live connections sign in again. AWS cuts a connection 12 hours after it last did; 6 hours leave time to try
    /// again. From a second to 11 hours.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:01", "11:00:00")]
    public TimeSpan ReauthenticateAfter { get; set; } = TimeSpan.FromHours(6);

    /// <summary>Reads the section; null where it names no user.</summary>
    /// <exception cref="FormatException">It is incomplete, or a value cannot be; the message says which, in a line.</exception>
    /// <param name="configuration">The configuration.</param>
    /// <param name="host">The host name of the cache's endpoint.</param>
    public static ElastiCacheIamOptions? From(IConfiguration configuration, string? host)
    {
        if (!configuration.GetSection(Section).Exists())
            return null;

        var options = configuration.GetChecked<ElastiCacheIamOptions>(Section);

        options.Region = options.Region is { Length: > 0 } region ? region : ElastiCacheRegion.Of(host) ?? ElastiCacheRegion.Default();
        foreach (var (name, value, pattern, allowed) in new[]
        {
            ("User", options.User, UserName(), "letters, digits, hyphens and dots"),
            ("Cache", options.Cache, Name(), "letters, digits and hyphens"),
            ("Region", options.Region, Name(), "letters, digits and hyphens"),
        })
        {
            if (string.IsNullOrWhiteSpace(value))
                throw new FormatException($"ElastiCache:Iam:{name} is missing: User, Cache and Region belong together.");
            if (!pattern.IsMatch(value))
                throw new FormatException($"ElastiCache:Iam:{name}={value} is no name: {allowed}. Addresses belong in the connection string.");
        }

        return options;
    }

    [GeneratedRegex(@"^[A-Za-z0-9-]+\z")]
    private static partial Regex Name();

    // AWS's own user for public endpoints is default.iam-user.
    [GeneratedRegex(@"^[A-Za-z0-9.-]+\z")]
    private static partial Regex UserName();
}

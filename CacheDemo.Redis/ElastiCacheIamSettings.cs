using System.Net;
using StackExchange.Redis;

namespace CacheDemo.Redis;

/// <summary>Authentication with an IAM identity instead of a password; section <c>ElastiCache:Iam</c>.</summary>
public sealed class ElastiCacheIamSettings
{
    internal const string Section = "ElastiCache:Iam";

    /// <summary>The id of the ElastiCache user, which must equal its name.</summary>
    public string? User { get; set; }

    /// <summary>The name of the replication group or serverless cache, not its address.</summary>
    public string? Cache { get; set; }

    /// <summary>
    /// The AWS region of the cache. When absent it is taken from the endpoint, else from <c>AWS_REGION</c>, else from
    /// the AWS profile.
    /// </summary>
    public string? Region { get; set; }

    /// <summary>Whether it is a serverless cache.</summary>
    public bool Serverless { get; set; }

    /// <summary>
    /// How often open connections authenticate again: from 1 second to 11 hours. ElastiCache closes a connection 12
    /// hours after its last authentication.
    /// </summary>
    public TimeSpan ReauthenticateAfter { get; set; } = TimeSpan.FromHours(6);

    /// <summary>Whether <see cref="ReauthenticateAfter"/> is in its range.</summary>
    internal bool IsReauthenticateAfterAllowed =>
        ReauthenticateAfter >= TimeSpan.FromSeconds(1) && ReauthenticateAfter <= TimeSpan.FromHours(11);

    internal string? RegionOf(ConfigurationOptions options) =>
        Region is { Length: > 0 } region ? region
        : ElastiCacheRegion.Of((options.EndPoints[0] as DnsEndPoint)?.Host) ?? ElastiCacheRegion.Default();
}

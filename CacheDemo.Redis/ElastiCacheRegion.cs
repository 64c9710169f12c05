using Amazon;
using Amazon.Runtime;

namespace CacheDemo.Redis;

/// <summary>Finds the AWS region of a cache whose region is not configured.</summary>
internal static class ElastiCacheRegion
{
    private static readonly Dictionary<string, string> Directions = new()
    {
        ["north"] = "n", ["south"] = "s", ["east"] = "e", ["west"] = "w", ["central"] = "c",
        ["northeast"] = "ne", ["northwest"] = "nw", ["southeast"] = "se", ["southwest"] = "sw", ["gov"] = "g",
    };

    /// <summary>
    /// The region that an endpoint's name abbreviates, such as <c>use1</c> in
    /// <c>name.serverless.use1.cache.amazonaws.com</c>; null where it has none.
    /// </summary>
    /// <param name="host">The endpoint's host name.</param>
    public static string? Of(string? host)
    {
        var labels = host?.ToLowerInvariant().Split('.') ?? [];
        var at = Array.LastIndexOf(labels, "cache");
        return at > 0 && at + 1 < labels.Length && labels[at + 1] == "amazonaws"
            ? RegionEndpoint.EnumerableAllRegions
                .FirstOrDefault(region => Short(region.SystemName) == labels[at - 1])?.SystemName
            : null;
    }

    /// <summary>
    /// The region that the AWS SDK finds in the environment or in the profile; null where there is none.
    /// </summary>
    public static string? Default() =>
        FallbackRegionFactory.GetRegionEndpoint(includeInstanceMetadata: false)?.SystemName;

    private static string Short(string region) =>
        string.Concat(region.Split('-').Select(part => Directions.GetValueOrDefault(part, part)));
}

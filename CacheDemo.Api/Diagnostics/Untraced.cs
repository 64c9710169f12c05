using System.Diagnostics;

namespace CacheDemo.Api.Diagnostics;

/// <summary>Keeps the Redis commands of background work out of the traces, which are about requests and ends of lives.</summary>
internal static class Untraced
{
    /// <summary>Until disposed, what this flow of control does has a parent that is not sampled.</summary>
    public static Activity Begin() => new Activity("background") { ActivityTraceFlags = ActivityTraceFlags.None }.Start();
}

using Aspire.Hosting;

namespace CacheDemo.Tests.Support;

/// <summary>Whether the tests run on Aspire itself or on its stand-ins.</summary>
internal static class RealAspire
{
    public const string Reason = "needs the real Aspire (AspireFrom=nuget); this build is on the stand-ins of offline/";

    /// <summary>Aspire is several assemblies; the stand-in for hosting is the one that bears its package's name.</summary>
    public static bool IsMissing => typeof(DistributedApplication).Assembly.GetName().Name != "Aspire.Hosting";
}

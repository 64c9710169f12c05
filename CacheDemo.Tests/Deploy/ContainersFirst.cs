using CacheDemo.Tests.Deploy;
using CacheDemo.Tests.Support;
using Xunit.Sdk;
using Xunit.v3;

[assembly: TestCollectionOrderer(typeof(ContainersFirst))]

namespace CacheDemo.Tests.Deploy;

/// <summary>
/// Tests with containers run first, and those with browsers last, so that they do not run at the same time: a container
/// that starts or stops gives the machine a network address or takes one away, and Chromium then gives up the
/// connections that it is opening (<c>ERR_NETWORK_CHANGED</c>).
/// </summary>
public sealed class ContainersFirst : ITestCollectionOrderer
{
    /// <inheritdoc/>
    public IReadOnlyCollection<T> OrderTestCollections<T>(IReadOnlyCollection<T> collections) where T : ITestCollection
        => [.. collections.OrderBy(Turn)];

    // Other collections with a definition have browsers, or run alone, after all others.
    private static int Turn<T>(T collection) where T : ITestCollection => collection.TestCollectionClassName switch
    {
        { } definition => definition == typeof(DeployCollection).FullName ? 0 : 2,
        null => HasBrowser(collection.TestCollectionDisplayName) ? 2 : 1,
    };

    // "Test collection for CacheDemo.Tests.Page.PageTests (id: 0123)"
    private static bool HasBrowser(string collection) =>
        typeof(ContainersFirst).Assembly.GetType(collection.Split(' ')[3])!
            .GetConstructors()
            .SelectMany(constructor => constructor.GetParameters())
            .Any(fixture => fixture.ParameterType.IsAssignableTo(typeof(Chromium)));
}

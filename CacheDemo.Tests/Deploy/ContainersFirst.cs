using System.Reflection;
using CacheDemo.Tests.AppHost;
using CacheDemo.Tests.Deploy;
using CacheDemo.Tests.Expiration;
using CacheDemo.Tests.Page;
using CacheDemo.Tests.Support;
using Xunit.Sdk;
using Xunit.v3;

[assembly: TestCollectionOrderer(typeof(ContainersFirst))]

namespace CacheDemo.Tests.Deploy;

/// <summary>
/// Tests with containers run first, and those with browsers last, as these wait for those
/// (<see cref="Chromium.ContainersEnded"/>). Tests of expirations, which wait most of their time, are spread among the
/// others, and of those with browsers the longest are first.
/// </summary>
public sealed class ContainersFirst : ITestCollectionOrderer
{
    private static readonly Assembly Tests = typeof(ContainersFirst).Assembly;
    private static readonly Type[] Longest = [typeof(PageTests), typeof(ProductsViewTests)];

    /// <inheritdoc/>
    public IReadOnlyCollection<T> OrderTestCollections<T>(IReadOnlyCollection<T> collections) where T : ITestCollection
    {
        var of = collections.ToLookup(collection => Kind(collection, Classes(collection)));
        if (!of["containers"].Any())
            Chromium.ContainersEnded.TrySetResult();
        // Two that wait at a time: ten others take about as long as those, at the start.
        var waiting = of["waiting"].Chunk(2).ToArray();
        // StartTests are the last of them: two AppHosts that start at the same moment, as in ContainerModeTests at the
        // beginning, can choose the same ports for their dashboards.
        var others = of["other"].OrderBy(one => Classes(one).Contains(typeof(StartTests))).Chunk(10).ToArray();
        return
        [
            .. of["containers"],
            .. Enumerable.Range(0, Math.Max(waiting.Length, others.Length))
                .SelectMany(i => (waiting.ElementAtOrDefault(i) ?? []).Concat(others.ElementAtOrDefault(i) ?? [])),
            .. of["longest with a browser"],
            .. of["many with a browser"],
            .. of["browser"],
            .. of["alone"],
        ];
    }

    private static string Kind(ITestCollection collection, Type[] classes) =>
        collection.TestCollectionClassName == typeof(DeployCollection).FullName ? "containers"
        : collection is IXunitTestCollection { DisableParallelization: true } ? "alone"
        : classes.Any(type => type.Namespace == typeof(TroubleTests).Namespace) ? "waiting"
        : !classes.Any(HasBrowser) ? "other"
        : classes.Any(Longest.Contains) ? "longest with a browser"
        : classes.Length > 1 ? "many with a browser"
        : "browser";

    // Without a definition a collection has one class, which is only in its name: "Test collection for
    // CacheDemo.Tests.Page.PageTests (id: 0123)"
    private static Type[] Classes(ITestCollection collection) =>
        collection.TestCollectionClassName is { } definition
            ? [.. Tests.GetTypes().Where(type => type.GetCustomAttributes().OfType<ICollectionAttribute>()
                .Any(attribute => attribute.Type?.FullName == definition))]
            : [Tests.GetType(collection.TestCollectionDisplayName.Split(' ')[3])!];

    private static bool HasBrowser(Type type) => type.GetConstructors()
        .SelectMany(constructor => constructor.GetParameters())
        .Any(fixture => fixture.ParameterType.IsAssignableTo(typeof(Chromium)));
}

/// <summary>The images are built while the tests run that need none.</summary>
public sealed class WithoutImagesFirst : ITestClassOrderer
{
    /// <inheritdoc/>
    public IReadOnlyCollection<T?> OrderTestClasses<T>(IReadOnlyCollection<T?> classes) where T : notnull, ITestClass =>
        [.. classes.OrderByDescending(tests => tests?.TestClassName == typeof(ContainerModeTests).FullName)];
}

using System.Text.RegularExpressions;
using ArchUnitNET.Domain;
using ArchUnitNET.Domain.Extensions;
using ArchUnitNET.Loader;
using CacheDemo.Redis;
using CacheDemo.Tests.Support;

namespace CacheDemo.Tests.Architecture;

/// <summary>The arrows between folders and projects, read from the compiled code.</summary>
public partial class ArchitectureTests
{
    private const string Api = "CacheDemo.Api";

    private static readonly Lazy<ArchUnitNET.Domain.Architecture> Code = new(() => new ArchLoader()
        .LoadAssemblies(typeof(Api.Keyspace.CacheOptions).Assembly, typeof(ElastiCacheSettings).Assembly)
        .Build());

    [Fact]
    public void The_arrows_between_folders_of_the_API_are_those_that_the_documentation_draws()
    {
        var documented = File.ReadLines(Path.Combine(CommandLine.Root, "docs", "architecture.md"))
            .Select(line => Row().Match(line))
            .Where(row => row.Success)
            .SelectMany(row => Name().Matches(row.Groups["uses"].Value)
                .Select(used => $"{row.Groups["folder"].Value} -> {used.Groups["name"].Value}"));

        Assert.Equal(documented.Order(), Arrows().Select(arrow => $"{arrow.From} -> {arrow.To}").Order());
    }

    [Fact]
    public void No_folder_of_the_API_uses_itself_by_way_of_others()
    {
        var uses = Arrows().ToLookup(arrow => arrow.From, arrow => arrow.To);
        HashSet<string> Reachable(string folder, HashSet<string> reached) => uses[folder].Where(reached.Add)
            .Aggregate(reached, (all, next) => Reachable(next, all));

        Assert.All(uses.Select(folder => folder.Key), folder => Assert.DoesNotContain(folder, Reachable(folder, [])));
    }

    [Fact]
    public void The_Redis_library_knows_nothing_of_the_demo() =>
        Assert.DoesNotContain(
            Code.Value.Types.Where(type => type.ResidesInNamespace("CacheDemo.Redis")),
            type =>
                type.Dependencies.Any(dependency =>
                    dependency.Target.FullName.StartsWith(Api, StringComparison.Ordinal)));

    private static IEnumerable<(string From, string To)> Arrows() =>
        Code
            .Value.Types.SelectMany(
                type => type.Dependencies,
                (type, dependency) => (From: Folder(type), To: Folder(dependency.Target)))
            .Where(arrow => arrow is ({ }, { }) && arrow.From != arrow.To)
            .Select(arrow => (arrow.From!, arrow.To!))
            .Distinct();

    // Generated code and Program have no folder.
    private static string? Folder(IType type) =>
        Namespace().Match(type.FullName) is { Success: true } match ? match.Groups["folder"].Value : null;

    [GeneratedRegex(@"^\| `(?<folder>\w+)` \| (?<uses>[^|]*)\|")]
    private static partial Regex Row();

    [GeneratedRegex("`(?<name>\\w+)`")]
    private static partial Regex Name();

    [GeneratedRegex(@"^CacheDemo\.Api\.(?<folder>\w+)\.")]
    private static partial Regex Namespace();
}

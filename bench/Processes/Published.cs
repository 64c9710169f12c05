using System.Collections.Concurrent;

namespace CacheDemo.Bench.Processes;

/// <summary>The services as they are published: each once, into a temporary folder, when it is needed.</summary>
internal sealed class Published(string configuration, Action<string> progress) : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("cachedemo-bench-");
    private readonly ConcurrentDictionary<string, string> _published = new();

    /// <summary>Publishes a project, unless it was, and returns the folder.</summary>
    public async Task<string> FolderAsync(string project, CancellationToken stop)
    {
        if (_published.TryGetValue(project, out var known))
            return known;

        progress($"publishes {project}");
        var folder = Path.Combine(_folder.FullName, project);
        var source = Path.Combine(Repository.Root, project);
        string[] options = ["-c", configuration, "-p:RunAnalyzers=false", "-o", folder, "-nologo", "-v", "quiet"];
        await Dotnet.RunAsync(["publish", source, .. options], stop);
        return _published[project] = folder;
    }

    /// <summary>Deletes them.</summary>
    public void Dispose() => _folder.Delete(recursive: true);
}

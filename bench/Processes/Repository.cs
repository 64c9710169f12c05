namespace CacheDemo.Bench.Processes;

/// <summary>The repository that this program was built in.</summary>
internal static class Repository
{
    /// <summary>Its folder.</summary>
    public static string Root { get; } = Find();

    private static string Find()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "CacheDemo.sln")))
                return folder.FullName;
        }

        throw new BenchException("CacheDemo.sln is in no folder above this program.");
    }
}

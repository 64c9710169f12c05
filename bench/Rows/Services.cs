namespace CacheDemo.Bench.Rows;

/// <summary>The processes of the system.</summary>
internal static class Services
{
    /// <summary>Their names, and their projects.</summary>
    public static IReadOnlyList<(string Name, string Project)> All { get; } =
    [
        ("the API", "CacheDemo.Api"),
        ("the frontend", "CacheDemo.Frontend"),
        ("the embedded server", "CacheDemo.Garnet"),
    ];
}

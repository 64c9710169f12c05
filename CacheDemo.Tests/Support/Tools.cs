namespace CacheDemo.Tests.Support;

/// <summary>
/// Programs of the operating system that some tests need; a test whose program is missing skips and says which, except
/// in CI, which has them all.
/// </summary>
internal static class Tools
{
    /// <summary>
    /// The program's path, from the environment variable if set, else by the first of the names on PATH.
    /// </summary>
    public static string Require(string variable, params string[] names)
    {
        if (Environment.GetEnvironmentVariable(variable) is { Length: > 0 } configured)
            return configured;

        var found =
            from name in names
            from folder in (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator)
            from extension in OperatingSystem.IsWindows() ? new[] { ".exe", ".cmd" } : [""]
            let path = Path.Combine(folder, name + extension)
            where File.Exists(path)
            select path;

        return Found(found.FirstOrDefault(), $"{names[0]} is not installed (or set {variable})");
    }

    /// <summary>The path of a shared library, which is loaded into a program by LD_PRELOAD.</summary>
    public static string RequireLibrary(string name, string package) =>
        Found(
            OperatingSystem.IsLinux()
                ? Directory
                    .EnumerateFiles("/usr/lib", name, new EnumerationOptions { RecurseSubdirectories = true })
                    .FirstOrDefault()
                : null,
            $"{name} is not installed ({package})");

    /// <summary>A folder that <c>.ci/run</c> prepares.</summary>
    public static void RequireFolder(string path, string missing) =>
        Found(Directory.Exists(path) ? path : null, missing);

    private static string Found(string? path, string missing)
    {
        Assert.False(path is null && Environment.GetEnvironmentVariable("CI") is { Length: > 0 }, missing);
        Assert.SkipWhen(path is null, missing);
        return path!;
    }
}

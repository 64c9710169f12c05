using System.Diagnostics;

namespace CacheDemo.Bench.Processes;

/// <summary>The programs that are not part of the repository.</summary>
internal static class Tool
{
    /// <summary>Makes the load.</summary>
    public const string Wrk = "wrk";

    /// <summary>The server behind everything.</summary>
    public const string Redis = "redis-server";

    /// <summary>A gateway for Redis in C.</summary>
    public const string Webdis = "webdis";

    /// <summary>The interpreter that the packages of Debian are for.</summary>
    public const string Python = "/usr/bin/python3";

    /// <summary>What <c>original.py</c> needs of it.</summary>
    public const string Original = "python3 with fastapi, uvicorn, uvloop, httptools, redis and hiredis";

    private static readonly Lazy<bool> HasOriginal = new(CanRunOriginal);

    /// <summary>Whether the machine has it.</summary>
    public static bool IsInstalled(string tool) =>
        tool == Original
            ? HasOriginal.Value
            : (Environment.GetEnvironmentVariable("PATH") ?? "")
                .Split(Path.PathSeparator)
                .Any(folder => File.Exists(Path.Combine(folder, tool)));

    private static bool CanRunOriginal()
    {
        if (!File.Exists(Python))
            return false;
        var start = new ProcessStartInfo(
            Python,
            ["-c", "import fastapi, uvicorn, uvloop, httptools, redis.asyncio, hiredis"])
        {
            RedirectStandardError = true,
        };
        using var process = Process.Start(start)!;
        process.StandardError.ReadToEnd();
        process.WaitForExit();
        return process.ExitCode == 0;
    }
}

using System.Diagnostics;
using System.Runtime.InteropServices;
using CacheDemo.Bench.Processes;

namespace CacheDemo.Bench;

/// <summary>The machine and the versions, without names and paths.</summary>
internal static class Machine
{
    /// <summary>One fact each.</summary>
    public static IReadOnlyList<string> Facts =>
    [
        $"{Processor()}, {Environment.ProcessorCount} processors, {Memory()}",
        $"{RuntimeInformation.OSDescription}, {RuntimeInformation.FrameworkDescription}",
        $"CacheDemo at {FirstLine("git", "log", "-1", "--format=%h of %cs")}{Changed()}",
        .. Versions(),
    ];

    private static IEnumerable<string> Versions()
    {
        if (Tool.IsInstalled(Tool.Redis))
            yield return FirstLine(Tool.Redis, "--version");
        if (Tool.IsInstalled(Tool.Wrk))
            yield return FirstLine(Tool.Wrk, "-v");
        if (Tool.IsInstalled(Tool.Webdis) && Tool.IsInstalled("dpkg-query"))
            yield return FirstLine("dpkg-query", "-W", "-f", "${Package} ${Version}", Tool.Webdis);
        if (Tool.IsInstalled(Tool.Original))
            yield return FirstLine(
                Tool.Python,
                "-c",
                "import platform, fastapi, uvicorn, uvloop, redis, hiredis; print('Python', platform.python_version(), "
                    + "'FastAPI', fastapi.__version__, 'uvicorn', uvicorn.__version__, 'uvloop', uvloop.__version__, "
                    + "'redis-py', redis.__version__, 'hiredis', hiredis.__version__)");
    }

    private static string Changed() =>
        FirstLine("git", "status", "--porcelain", "--untracked-files=no") is "" ? "" : ", with changes";

    private static string Processor() =>
        Line("/proc/cpuinfo", "model name") ?? RuntimeInformation.ProcessArchitecture.ToString();

    private static string Memory() =>
        $"{GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / 1_000_000_000} GB of memory";

    private static string? Line(string file, string name) =>
        File.Exists(file)
            ? File.ReadLines(file)
                .FirstOrDefault(line => line.StartsWith(name, StringComparison.Ordinal))?.Split(':', 2)[1].Trim()
            : null;

    private static string FirstLine(string program, params string[] arguments)
    {
        try
        {
            using var process = Process.Start(new ProcessStartInfo(program, arguments)
            {
                WorkingDirectory = Repository.Root,
                RedirectStandardOutput = true,
                RedirectStandardError = true,
            })!;
            var output = process.StandardOutput.ReadToEnd();
            process.WaitForExit();
            return output.Split('\n')[0].Trim();
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return $"{program} is not installed";
        }
    }
}

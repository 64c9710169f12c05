using System.Text.RegularExpressions;
using CacheDemo.Tests.Support;

namespace CacheDemo.Tests.Deploy;

/// <summary>
/// Creates the files of an image from this machine's programs and the libraries they load, and nothing else, as in a
/// chiselled image.
/// </summary>
internal static partial class ImageFiles
{
    /// <summary>A base for .NET services: the runtimes that these tests run on.</summary>
    public static async Task<string> DotNetAsync(string folder)
    {
        var runtime = Path.GetDirectoryName(typeof(object).Assembly.Location)!;
        var root = Path.GetFullPath(Path.Combine(runtime, "..", "..", ".."));
        var aspNet = Path.GetDirectoryName(typeof(Microsoft.AspNetCore.Builder.WebApplication).Assembly.Location)!;

        string[] files =
        [
            Path.Combine(root, "dotnet"),
            .. Files(Path.Combine(root, "host")),
            .. Files(runtime),
            .. Files(aspNet),
        ];
        foreach (var file in files)
            Copy(file, folder, Path.Combine("usr/share/dotnet", Path.GetRelativePath(root, file)));
        await CopyLibrariesAsync(
            folder,
            [
                .. files.Where(file => file.EndsWith(".so", StringComparison.Ordinal) || file == files[0]),
                Ssl("libssl.so.3"),
                Ssl("libcrypto.so.3"),
            ]);
        Copy(Ssl("libssl.so.3"), folder);
        Copy(Ssl("libcrypto.so.3"), folder);

        Directory.CreateDirectory(Path.Combine(folder, "usr/bin"));
        File.CreateSymbolicLink(Path.Combine(folder, "usr/bin/dotnet"), "../share/dotnet/dotnet");
        return Finish(folder);
    }

    /// <summary>Redis, with the shell that Aspire starts it by.</summary>
    public static async Task<string> RedisAsync(string folder)
    {
        string[] programs = [Tools.Require("REDIS_SERVER", "redis-server"), "/bin/sh"];
        foreach (var program in programs)
            Copy(program, folder, Path.Combine(program == "/bin/sh" ? "bin" : "usr/bin", Path.GetFileName(program)));
        await CopyLibrariesAsync(folder, programs);
        return Finish(folder);
    }

    /// <summary>
    /// PostgreSQL, with an <c>/entrypoint</c> that takes the environment variables of the official image.
    /// </summary>
    public static async Task<string> PostgresAsync(string folder)
    {
        var programs = PostgresServer.Programs();
        var version = Path.GetFileName(Path.GetDirectoryName(programs))!;
        string[] files =
        [
            Path.Combine(programs, "postgres"),
            Path.Combine(programs, "initdb"),
            .. Files(Path.Combine(programs, "../lib")),
            .. Files(Path.Combine("/usr/share/postgresql", version)),
            .. Files("/usr/share/zoneinfo"),
        ];
        foreach (var file in files.Select(Path.GetFullPath))
            Copy(file, folder);
        Copy("/bin/sh", folder, "bin/sh");
        await CopyLibrariesAsync(folder, [files[0], files[1], "/bin/sh"]);
        Finish(folder);

        await File.WriteAllTextAsync(Path.Combine(folder, "etc/passwd"), "postgres:x:999:999::/tmp:/bin/sh\n");
        var entryPoint = Path.Combine(folder, "entrypoint");
        await File.WriteAllTextAsync(
            entryPoint,
            $$"""
            #!/bin/sh
            set -e
            export PATH={{programs}} PGDATA="$HOME/data"
            cd
            printf %s "$POSTGRES_PASSWORD" >password
            initdb -U "$POSTGRES_USER" --pwfile password -E UTF8 --no-locale $POSTGRES_INITDB_ARGS
            echo "host all all all $POSTGRES_HOST_AUTH_METHOD" >>data/pg_hba.conf
            exec postgres -c listen_addresses=* -k "$HOME"

            """);
        if (OperatingSystem.IsLinux())
            File.SetUnixFileMode(entryPoint, (UnixFileMode)0b111_101_101);
        return folder;
    }

    private static string Finish(string folder)
    {
        foreach (var mountPoint in new[] { "tmp", "proc", "sys", "dev", "etc", "run", "data" })
            Directory.CreateDirectory(Path.Combine(folder, mountPoint));
        // As in every image; a tmpfs that is mounted there takes its mode.
        if (OperatingSystem.IsLinux())
        {
            File.SetUnixFileMode(
                Path.Combine(folder, "tmp"),
                UnixFileMode.StickyBit | (UnixFileMode)0b111_111_111);
        }

        return folder;
    }

    private static IEnumerable<string> Files(string folder) =>
        Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories);

    private static string Ssl(string name) =>
        new[] { "/usr/lib/x86_64-linux-gnu", "/usr/lib/aarch64-linux-gnu", "/usr/lib64", "/usr/lib" }
            .Select(folder => Path.Combine(folder, name))
            .First(File.Exists);

    private static async Task CopyLibrariesAsync(string folder, string[] programs)
    {
        // Its exit code is 1 where one of them is static.
        var (_, said) = await Finished.RunAsync("ldd", programs, new Dictionary<string, string>(), folder);
        foreach (var library in Library().Matches(said).Select(match => match.Groups[1].Value).Distinct())
            Copy(library, folder);
    }

    private static void Copy(string file, string folder, string? to = null)
    {
        var target = new FileInfo(Path.Combine(folder, to ?? file.TrimStart('/')));
        target.Directory!.Create();
        File.Copy(
            new FileInfo(file).ResolveLinkTarget(returnFinalTarget: true)?.FullName ?? file,
            target.FullName,
            overwrite: true);
    }

    // "libc.so.6 => /lib/x86_64-linux-gnu/libc.so.6 (0x…)", and the loader by itself.
    [GeneratedRegex(@"^\s+(?:\S+ => )?(/\S+) \(0x", RegexOptions.Multiline)]
    private static partial Regex Library();
}

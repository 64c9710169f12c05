// CacheDemo's commands: dotnet demo.cs run | test | bench | manifest. Thin: finds out where Aspire comes from and calls dotnet.
using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

var root = Path.GetDirectoryName(SourcePath())!;
var marker = Path.Combine(root, ".aspire-offline");
var appHost = Path.Combine(root, "CacheDemo.AppHost");
var rest = args.Skip(1).ToArray();

switch (args.FirstOrDefault())
{
    case "run":
        return FindAspire() ?? Dotnet(["run", "--project", appHost, "--", .. rest]);

    case "test":
        return FindAspire() ?? Dotnet(["test", "--solution", Path.Combine(root, "CacheDemo.sln"), .. rest]);

    case "bench":
        var wanted = rest is [var name, ..] ? Path.Combine(root, "bench", $"{name}.cs") : null;
        if (wanted is null || !File.Exists(wanted))
            goto default;
        return FindAspire() ?? Dotnet(["run", wanted, "--", .. rest.Skip(1)]);

    case "manifest":
        return FindAspire() ?? Math.Max(Publish("aspire-manifest.json"), Publish("aspire-manifest-redis.json", "--Redis:Mode=container"));

    default:
        Console.Error.WriteLine("""
            usage: dotnet demo.cs <command> [arguments]

              run       start everything: page http://localhost:8080, API http://localhost:8000
                        --Redis:Mode=external|container|embedded   where Redis comes from
                        --Frontend:Port=8081 --Api:Port=8001       other ports
              test      run all tests; arguments go to dotnet test
              bench faults [rounds] [seconds]              kill Redis under load, again and again (docs/breaking.md)
              manifest  write aspire-manifest.json, and aspire-manifest-redis.json with a Redis container (needs Aspire from NuGet)
            """);
        return args is [] or ["help" or "--help" or "-h"] ? 0 : 2;
}

int Publish(string manifest, params string[] how) =>
    Dotnet(["run", "--project", appHost, "--", "--publisher", "manifest", "--output-path", Path.Combine(root, manifest), .. how, .. rest]);

// Aspire comes from NuGet; where the feed lacks it, from the stand-ins (offline/README.md). The feed is asked once: where it has
// Aspire the restore stays, where not the marker does. Returns an exit code when the feed could not be asked.
int? FindAspire()
{
    if (Environment.GetEnvironmentVariable("AspireFrom") is { Length: > 0 }
        || File.Exists(marker)
        || File.Exists(Path.Combine(appHost, "obj", "project.assets.json")))
    {
        return null;
    }

    Console.WriteLine("First start: asking the NuGet feed for Aspire ...");
    var output = new StringWriter();
    var exitCode = Dotnet(["restore", Path.Combine(root, "CacheDemo.Api"), "-p:AspireFrom=nuget"], output);
    if (exitCode == 0)
        return null;

    // NU1101: no such package; NU1102: not in this version.
    if (output.ToString().Split('\n').Any(line => line.Contains(" Aspire.") && (line.Contains("NU1101") || line.Contains("NU1102"))))
    {
        Console.WriteLine("The feed has no Aspire packages: using the stand-ins in offline/. Delete .aspire-offline to ask again.");
        File.WriteAllText(marker, "The NuGet feed had no Aspire packages. Delete this file to ask again.\n");
        return null;
    }

    Console.Error.Write(output);
    Console.Error.WriteLine("The packages could not be restored; see above. Is the NuGet feed reachable (dotnet nuget list source)?");
    return exitCode;
}

static int Dotnet(string[] arguments, StringWriter? output = null)
{
    var start = new ProcessStartInfo(Environment.ProcessPath is { } self && Path.GetFileNameWithoutExtension(self) == "dotnet" ? self : "dotnet", arguments)
    {
        RedirectStandardOutput = output is not null,
    };
    using var process = Process.Start(start)!;

    // Ctrl+C reaches the child by itself, which stops in its own time; other requests to stop are handed on.
    using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, context => context.Cancel = true);
    using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, HandOn);
    using var hangUp = PosixSignalRegistration.Create(PosixSignal.SIGHUP, HandOn);

    output?.Write(process.StandardOutput.ReadToEnd());
    process.WaitForExit();
    return process.ExitCode;

    void HandOn(PosixSignalContext context)
    {
        context.Cancel = true;
        if (!OperatingSystem.IsWindows())
            Process.Start("kill", ["-TERM", $"{process.Id}"]).Dispose();
        else
            process.Kill(entireProcessTree: true);
    }
}

static string SourcePath([CallerFilePath] string path = "") => path;

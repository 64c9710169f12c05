using System.Diagnostics;
using System.Formats.Tar;
using CacheDemo.Tests.Support;

namespace CacheDemo.Tests.Deploy;

/// <summary>
/// A machine that runs containers: Podman, with everything it keeps in a folder of the test's own, behind the API that
/// docker-compose speaks; and an image registry. No image is downloaded: they are made of this machine's programs.
/// </summary>
public sealed class ContainerMachine : IAsyncLifetime
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("cachedemo-containers-");
    private readonly List<Process> _processes = [];
    private readonly int _registryPort = Ports.Free();
    private Task _published = Task.CompletedTask;

    /// <summary>The environment variables of programs that use this machine.</summary>
    public IReadOnlyDictionary<string, string> Environment { get; private set; } = new Dictionary<string, string>();

    private string Registry => $"{RegistryHost}/demo/";

    private string RegistryHost => $"localhost:{_registryPort}";

    public async ValueTask InitializeAsync()
    {
        Assert.SkipUnless(
            OperatingSystem.IsLinux() && System.Environment.IsPrivilegedProcess,
            "containers here need Linux and root");
        foreach (var program in new[] { "podman", "runc", "docker-compose", "docker-registry", "iptables" })
            Tools.Require(program.ToUpperInvariant().Replace('-', '_'), program);

        Configure();
        Start("podman", "system", "service", "--time=0", $"unix://{Path("podman.sock")}");
        Start("docker-registry", "serve", Path("registry.yaml"));
        await Eventually.TrueAsync(
            async () => File.Exists(Path("podman.sock")) && await Ports.AnswersAsync(_registryPort),
            "Podman and the registry listen");

        await ImportAsync(await ImageFiles.RedisAsync(Path("redis")), "docker.io/library/redis:8.6", "amd64");
        _published = PublishAsync();
    }

    /// <summary>
    /// Waits until the services' images are built and pushed, and returns where they are, as a <c>.env</c> names it.
    /// </summary>
    public async Task<string> RegistryAsync()
    {
        await _published;
        return Registry;
    }

    /// <summary>Runs podman, and returns what it prints.</summary>
    public async Task<string> PodmanAsync(params string[] arguments) =>
        (await Finished.RunAsync("podman", arguments, Environment, _folder.FullName)).Succeeded();

    /// <summary>As <see cref="PodmanAsync"/>, for a list, a line each.</summary>
    public async Task<string[]> PodmanLinesAsync(params string[] arguments) =>
        (await PodmanAsync(arguments)).Split(
            '\n',
            StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);

    /// <summary>Has the image of PostgreSQL that Aspire starts.</summary>
    public async Task ImportPostgresAsync() => await ImportAsync(
        await ImageFiles.PostgresAsync(Path("postgres")),
        "docker.io/library/postgres:18.3",
        "amd64",
        "--change", "ENTRYPOINT [\"/entrypoint\"]", "--change", "USER 999");

    public async ValueTask DisposeAsync()
    {
        try
        {
            await EndAsync();
        }
        finally
        {
            Chromium.ContainersEnded.TrySetResult();
        }
    }

    private async Task EndAsync()
    {
        await _published.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        foreach (var process in _processes)
        {
            process.Kill(entireProcessTree: true);
            await process.WaitForExitAsync();
            process.Dispose();
        }

        if (Environment.Count > 0)
        {
            await Finished.RunAsync("dotnet", ["build-server", "shutdown", "--vbcscompiler"], Environment, "/");
            await Finished.RunAsync("podman", ["system", "reset", "--force"], Environment, "/");
            await Finished.RunAsync(
                "umount",
                ["--quiet", "--recursive", Path("storage/overlay")],
                new Dictionary<string, string>(),
                "/");
        }

        _folder.Delete(recursive: true);
    }

    private void Configure()
    {
        // runc, as crun fails where the control groups are mixed; locks in files, as those in memory are the whole
        // machine's.
        Write("containers.conf", $"""
            [containers]
            default_ulimits = ["nofile=1024:1024", "nproc=4096:4096"]
            [engine]
            runtime = "runc"
            cgroup_manager = "cgroupfs"
            events_logger = "file"
            lock_type = "file"
            tmp_dir = "{Path("libpod")}"
            volume_path = "{Path("volumes")}"
            [network]
            network_backend = "netavark"
            network_config_dir = "{Path("networks")}"
            """);
        Write("storage.conf", $"""
            [storage]
            driver = "overlay"
            graphroot = "{Path("storage")}"
            runroot = "{Path("run")}"
            """);
        Write("registries.conf", $"""
            [[registry]]
            location = "{RegistryHost}"
            insecure = true
            """);
        Write("registry.yaml", $"""
            version: 0.1
            log: {"{ level: error }"}
            storage: {"{ filesystem: { rootdirectory: "}{Path("registry")}{" } }"}
            http: {"{ addr: "}127.0.0.1:{_registryPort}{" }"}
            """);
        Environment = new Dictionary<string, string>
        {
            ["CONTAINERS_CONF"] = Path("containers.conf"),
            ["CONTAINERS_STORAGE_CONF"] = Path("storage.conf"),
            ["CONTAINERS_REGISTRIES_CONF"] = Path("registries.conf"),
            ["DOCKER_HOST"] = $"unix://{Path("podman.sock")}",
            ["DOTNET_CONTAINER_INSECURE_REGISTRIES"] = RegistryHost,
            // The build of the tests has analyzed the code.
            ["RunAnalyzers"] = "false",
            // The projects share a compiler, which otherwise starts for each of them.
            ["UseSharedCompilation"] = "true",
            // As Directory.Build.props has it: dotnet and its compiler run for seconds, too. The delay is hexadecimal.
            ["DOTNET_TieredPGO"] = "0",
            ["DOTNET_TC_CallCountingDelayMs"] = "2710",
        };
    }

    // The base image is there for both architectures, with the same files: the other one is built, not run.
    private async Task PublishAsync()
    {
        var files = await ImageFiles.DotNetAsync(Path("dotnet"));
        var both = $"{RegistryHost}/dotnet/aspnet:10.0";
        await PodmanAsync("manifest", "create", both);
        foreach (var architecture in new[] { "amd64", "arm64" })
        {
            await ImportAsync(files, $"localhost/dotnet:{architecture}", architecture);
            await PodmanAsync("manifest", "add", both, $"containers-storage:localhost/dotnet:{architecture}");
        }

        await PodmanAsync("manifest", "push", "--all", both, $"docker://{both}");

        var images = await DeployCommand.RunInOwnProcessAsync(
            Environment, "images", "--registry", Registry, "--base-image", both);
        images.Succeeded();
    }

    private async Task ImportAsync(string files, string image, string architecture, params string[] options)
    {
        var tar = $"{files}.tar";
        await TarFile.CreateFromDirectoryAsync(files, tar, includeBaseDirectory: false);
        await PodmanAsync(["import", "--quiet", "--arch", architecture, .. options, tar, image]);
        File.Delete(tar);
    }

    private void Start(string program, params string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var (name, value) in Environment)
            start.Environment[name] = value;
        var process = Process.Start(start)!;
        process.OutputDataReceived += (_, _) => { };
        process.ErrorDataReceived += (_, _) => { };
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        _processes.Add(process);
    }

    private string Path(string name) => System.IO.Path.Combine(_folder.FullName, name);

    private void Write(string name, string text) => File.WriteAllText(Path(name), text);
}

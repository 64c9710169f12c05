using System.Diagnostics;
using Npgsql;

namespace CacheDemo.Tests.Support;

/// <summary>A real PostgreSQL process of the test's own, on loopback, or for containers too.</summary>
public sealed class PostgresServer : IAsyncDisposable
{
    /// <summary>The user that Debian's package creates: PostgreSQL refuses to run as root.</summary>
    private const string User = "postgres";

    /// <summary>The password, which only containers need.</summary>
    public const string Password = "a $ecret of the #test";

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("cachedemo-postgres-");
    private readonly string _programs;
    private readonly bool _forContainers;
    private readonly int _port = Ports.Free();
    private Process? _process;

    private PostgresServer(string programs, bool forContainers) =>
        (_programs, _forContainers) = (programs, forContainers);

    /// <summary>The connection string of the API.</summary>
    public string ConnectionString => ConnectionStringFor("127.0.0.1");

    /// <summary>Starts it; skips the test where PostgreSQL is missing.</summary>
    /// <param name="forContainers">Whether containers reach it too, by a connection string with the password.</param>
    public static async Task<PostgresServer> StartAsync(bool forContainers = false)
    {
        var server = new PostgresServer(Programs(), forContainers);
        await server.RunAsync();
        return server;
    }

    /// <summary>The connection string of those who know it by this name.</summary>
    public string ConnectionStringFor(string host) =>
        $"Host={host};Port={_port};Database=postgres;Username={User};Password={Password}";

    /// <summary>The folder of PostgreSQL's programs; skips the test where it is missing.</summary>
    internal static string Programs() =>
        // Debian installs it beside the path.
        (Directory.Exists("/usr/lib/postgresql")
            ? Directory.GetDirectories("/usr/lib/postgresql").Select(version => Path.Combine(version, "bin"))
                .FirstOrDefault(bin => File.Exists(Path.Combine(bin, "postgres")))
            : null)
        ?? Path.GetDirectoryName(Tools.Require("POSTGRES", "postgres"))!;

    public ValueTask DisposeAsync()
    {
        // Its children end when it does.
        _process?.Kill(entireProcessTree: true);
        _process?.WaitForExit();
        _process?.Dispose();
        _folder.Delete(recursive: true);
        return ValueTask.CompletedTask;
    }

    private async Task RunAsync()
    {
        var data = Path.Combine(_folder.FullName, "data");
        if (Environment.IsPrivilegedProcess)
        {
            using var own = Process.Start("chown", [User, _folder.FullName]);
            await own.WaitForExitAsync();
        }

        var password = Path.Combine(_folder.FullName, "password");
        await File.WriteAllTextAsync(password, Password);
        (await Finished.RunAsync(
            Start(
                "initdb", "-D", data, "-U", User, "-A", "trust", "--pwfile", password, "--no-sync", "-E", "UTF8",
                "--no-locale"),
            TimeSpan.FromMinutes(1))).Succeeded();
        if (_forContainers)
            await File.AppendAllTextAsync(Path.Combine(data, "pg_hba.conf"), "host all all all scram-sha-256\n");
        _process = Process.Start(Start(
            "postgres", "-D", data, "-p", $"{_port}", "-k", _folder.FullName, "-c",
            $"listen_addresses={(_forContainers ? "*" : "127.0.0.1")}", "-c", "fsync=off"))!;
        _process.OutputDataReceived += (_, _) => { };
        _process.ErrorDataReceived += (_, _) => { };
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
        await Eventually.TrueAsync(AnswersAsync, "PostgreSQL answers");
    }

    private ProcessStartInfo Start(string program, params string[] arguments)
    {
        var path = Path.Combine(_programs, program);
        var start = Environment.IsPrivilegedProcess
            ? new ProcessStartInfo("runuser", ["-u", User, "--", path, .. arguments])
            : new ProcessStartInfo(path, arguments);
        (start.RedirectStandardOutput, start.RedirectStandardError) = (true, true);
        start.WorkingDirectory = _folder.FullName;
        return start;
    }

    private async Task<bool> AnswersAsync()
    {
        try
        {
            await using var connection = new NpgsqlConnection(ConnectionString + ";Timeout=2;Pooling=false");
            await connection.OpenAsync();
            return true;
        }
        catch (NpgsqlException)
        {
            return false;
        }
    }
}

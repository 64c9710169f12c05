using System.Collections.Concurrent;
using System.Diagnostics;
using StackExchange.Redis;

namespace CacheDemo.Tests.Support;

/// <summary>A real <c>redis-server</c> process of the test's own, on loopback.</summary>
public sealed class RedisServer : IAsyncDisposable
{
    /// <summary>Where a replica writes the dump that it received: another server there would load it.</summary>
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("cachedemo-redis-");

    private readonly string[] _arguments;
    private readonly string _program;
    private Process? _process;

    private RedisServer(string program, int port, string[] arguments)
    {
        _program = program;
        Port = port;
        _arguments =
        [
            "--port", $"{port}", "--bind", "127.0.0.1", "--dir", _folder.FullName, "--save", "", "--appendonly", "no",
            .. arguments,
        ];
    }

    /// <summary>The port it listens on, or will after <see cref="StartAsync"/>.</summary>
    public int Port { get; }

    /// <summary><c>127.0.0.1:port</c>.</summary>
    public string Endpoint => $"127.0.0.1:{Port}";

    /// <summary>
    /// Prepares a server on a free port and does not start it yet; skips the test where redis-server is missing.
    /// </summary>
    public static RedisServer Create(params string[] arguments) => CreateOn(Ports.Free(), arguments);

    /// <summary>As <see cref="Create"/>, on a certain port, as where another server takes its place.</summary>
    public static RedisServer CreateOn(int port, params string[] arguments) =>
        new(Tools.Require("REDIS_SERVER", "redis-server"), port, arguments);

    /// <summary>As <see cref="Create"/>, and the server speaks TLS only.</summary>
    public static RedisServer CreateWithTls(Certificates certificates, params string[] arguments)
    {
        var port = Ports.Free();
        return new(
            Tools.Require("REDIS_SERVER", "redis-server"),
            port,
            [
                "--port", "0", "--tls-port", $"{port}", "--tls-auth-clients", "no",
                "--tls-cert-file", certificates.Server, "--tls-key-file", certificates.Key,
                "--tls-ca-cert-file", certificates.Authority,
                .. arguments,
            ]);
    }

    /// <summary>Starts the server and waits until it answers.</summary>
    public async Task StartAsync()
    {
        var output = new ConcurrentQueue<string>();
        _process = Process.Start(new ProcessStartInfo(_program, _arguments) { RedirectStandardOutput = true })!;
        _process.OutputDataReceived += (_, line) => output.Enqueue($"{line.Data}\n");
        _process.BeginOutputReadLine();
        await Eventually.TrueAsync(
            () => Ports.AnswersAsync(Port), "redis-server listens", also: () => string.Concat(output));
    }

    /// <summary>Kills the server at once.</summary>
    public void Kill()
    {
        _process?.Kill();
        _process?.WaitForExit();
        _process?.Dispose();
        _process = null;
    }

    /// <summary>Suspends it: connections stay open, and nothing is answered until <see cref="Resume"/>.</summary>
    public void Pause() => Signal("STOP");

    /// <summary>Resumes it.</summary>
    public void Resume() => Signal("CONT");

    private void Signal(string signal)
    {
        using var kill = Process.Start("kill", [$"-{signal}", $"{_process!.Id}"]);
        kill.WaitForExit();
    }

    /// <summary>A client of the test's own, beside the API.</summary>
    public Task<ConnectionMultiplexer> ConnectAsync() =>
        ConnectionMultiplexer.ConnectAsync($"{Endpoint},allowAdmin=true");

    public ValueTask DisposeAsync()
    {
        Kill();
        _folder.Delete(recursive: true);
        return ValueTask.CompletedTask;
    }
}

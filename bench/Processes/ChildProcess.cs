using System.Collections.Concurrent;
using System.Diagnostics;

namespace CacheDemo.Bench.Processes;

/// <summary>A process that ends with this one.</summary>
internal sealed class ChildProcess : IAsyncDisposable
{
    private const int Lines = 200;

    private static readonly ConcurrentDictionary<ChildProcess, byte> Running = new();

    private readonly ConcurrentQueue<string> _output = new();
    private readonly Process _process;

    static ChildProcess() => AppDomain.CurrentDomain.ProcessExit += (_, _) =>
    {
        foreach (var child in Running.Keys)
            child.Kill();
    };

    private ChildProcess(ProcessStartInfo start)
    {
        Name = Path.GetFileName(start.FileName);
        _process = Process.Start(start)!;
        Running[this] = 0;
        _process.OutputDataReceived += (_, line) => Append(line.Data);
        _process.ErrorDataReceived += (_, line) => Append(line.Data);
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
    }

    /// <summary>The program.</summary>
    public string Name { get; }

    /// <summary>The last lines that it printed.</summary>
    public string Output => string.Join('\n', _output);

    /// <summary>Its id.</summary>
    public int Id => _process.Id;

    /// <summary>Whether it has ended.</summary>
    public bool HasExited => _process.HasExited;

    /// <summary>The CPU time that it has used.</summary>
    public double CpuSeconds
    {
        get
        {
            _process.Refresh();
            return _process.TotalProcessorTime.TotalSeconds;
        }
    }

    /// <summary>Its resident memory, in bytes.</summary>
    public long Memory
    {
        get
        {
            _process.Refresh();
            return _process.WorkingSet64;
        }
    }

    /// <summary>Starts a program, with these environment variables beside those of this process.</summary>
    public static ChildProcess Start(
        string program,
        IEnumerable<string> arguments,
        IReadOnlyDictionary<string, string>? environment = null,
        string? folder = null)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            WorkingDirectory = folder ?? Repository.Root,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };

        // What the caller's shell says about telemetry and addresses is not for the services.
        foreach (var name in start.Environment.Keys.ToArray())
        {
            if (name.StartsWith("OTEL_", StringComparison.Ordinal)
                || name.StartsWith("ASPNETCORE_", StringComparison.Ordinal))
                start.Environment.Remove(name);
        }

        foreach (var (name, value) in environment ?? new Dictionary<string, string>())
            start.Environment[name] = value;
        try
        {
            return new ChildProcess(start);
        }
        catch (System.ComponentModel.Win32Exception e)
        {
            throw new BenchException($"{program} cannot be started: {e.Message}");
        }
    }

    /// <summary>Waits until it has ended, with all that it printed.</summary>
    public async Task<int> ExitAsync(CancellationToken stop)
    {
        await _process.WaitForExitAsync(stop);
        return _process.ExitCode;
    }

    /// <summary>Waits until it is ready.</summary>
    public async Task ReadyAsync(Func<Task<bool>> ready, CancellationToken stop)
    {
        var started = Stopwatch.StartNew();
        while (!await ready())
        {
            if (HasExited || started.Elapsed > TimeSpan.FromSeconds(60))
                throw new BenchException($"{Name} does not start: {Output}");
            await Task.Delay(10, stop);
        }
    }

    /// <summary>Ends it at once.</summary>
    public void Kill()
    {
        Running.TryRemove(this, out _);
        if (_process.HasExited)
            return;
        _process.Kill(entireProcessTree: true);
        _process.WaitForExit();
    }

    /// <summary>Ends it at once.</summary>
    public ValueTask DisposeAsync()
    {
        Kill();
        return ValueTask.CompletedTask;
    }

    private void Append(string? line)
    {
        if (line is null)
            return;
        _output.Enqueue(line);
        while (_output.Count > Lines)
            _output.TryDequeue(out _);
    }
}

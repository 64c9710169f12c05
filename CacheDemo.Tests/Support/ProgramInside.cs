using System.Collections.Concurrent;
using System.Diagnostics;
using System.Reflection;
using System.Text;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace CacheDemo.Tests.Support;

/// <summary>
/// A program of the repository that runs in the test's process, from its first statement to its exit code, with a
/// console of its own. Its options are arguments instead of environment variables.
/// </summary>
public sealed class ProgramInside : Service
{
    private readonly ConcurrentQueue<string> _output = new();
    private readonly TaskCompletionSource<IHost?> _host = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private Task<int> _exit = Task.FromResult(0);

    static ProgramInside()
    {
        // Not over the writers that were there. Each has a lock, which whoever still writes to it takes before that of
        // Console.Out, and these would take after it: a deadlock.
        Console.SetOut(new ConsoleOfEach(Console.OpenStandardOutput()));
        Console.SetError(new ConsoleOfEach(Console.OpenStandardError()));
        DiagnosticListener.AllListeners.Subscribe(new Observer<DiagnosticListener>(listener =>
        {
            if (listener.Name == "Microsoft.Extensions.Hosting")
                listener.Subscribe(new Observer<KeyValuePair<string, object?>>(said =>
                {
                    if (said is { Key: "HostBuilt", Value: IHost host })
                        Running.Program.Value?._host.TrySetResult(host);
                }));
        }));
    }

    /// <inheritdoc/>
    public override string Output => string.Concat(_output);

    /// <summary>Starts a service; an option has the name of its environment variable.</summary>
    internal static ProgramInside Start(string project, params IEnumerable<(string Name, string Value)> options)
    {
        var service = new ProgramInside();
        service.Run(project, Arguments(project, options.Prepend(service.Address())));
        return service;
    }

    /// <summary>Runs a service with an invalid option to its end.</summary>
    internal static Task<Finished> FailToStartAsync(
        string project,
        params IEnumerable<(string Name, string Value)> options) => RunAsync(project, Arguments(project, options));

    /// <summary>Runs a program to its end, which must come within a minute.</summary>
    internal static async Task<Finished> RunAsync(string project, params IEnumerable<string> arguments)
    {
        await using var program = new ProgramInside();
        program.Run(project, arguments);
        return new Finished(await program._exit.WaitAsync(TimeSpan.FromMinutes(1)), program.Output);
    }

    /// <summary>Stops it.</summary>
    public override async ValueTask DisposeAsync()
    {
        if (await _host.Task is { } host && !_exit.IsCompleted)
            host.Services.GetRequiredService<IHostApplicationLifetime>().StopApplication();
        await _exit;
        await base.DisposeAsync();
    }

    private static string[] Arguments(string project, IEnumerable<(string Name, string Value)> options) =>
    [
        $"--applicationName={project}",
        $"--contentRoot={Path.Combine(CommandLine.Root, project)}",
        "--shutdownTimeoutSeconds=1",
        .. options.Select(option => $"--{Key(option.Name)}={option.Value}"),
    ];

    private static string Key(string variable) =>
        variable.Replace("ASPNETCORE_", "", StringComparison.Ordinal).Replace("__", ":", StringComparison.Ordinal);

    private void Run(string project, IEnumerable<string> arguments) =>
        _exit = Task.Run(async () =>
        {
            Running.Program.Value = this;
            try
            {
                return await MainAsync(Assembly.Load(project), [.. arguments]);
            }
            finally
            {
                _host.TrySetResult(null);
            }
        });

    private static Task<int> MainAsync(Assembly program, string[] arguments)
    {
        // The entry point of an asynchronous program is a method that blocks on this one.
        var main = program.EntryPoint!.DeclaringType!.GetMethod(
            "<Main>$",
            BindingFlags.NonPublic | BindingFlags.Static)!;
        var ended = main.Invoke(null, BindingFlags.DoNotWrapExceptions, null, [arguments], null);
        return ended as Task<int> ?? Task.FromResult((int)ended!);
    }

    /// <summary>
    /// The program that runs. In a class of its own: whoever writes to the console has its lock, and must not wait for
    /// the static constructor above, which needs that lock.
    /// </summary>
    private static class Running
    {
        public static readonly AsyncLocal<ProgramInside?> Program = new();
    }

    /// <summary>Writes to the console of the program that writes, or to that of the tests.</summary>
    private sealed class ConsoleOfEach(Stream console) : TextWriter
    {
        private readonly StreamWriter _tests = new(console) { AutoFlush = true };

        public override Encoding Encoding => _tests.Encoding;

        public override void Write(char value) => Write(value.ToString());

        public override void Write(char[] buffer, int index, int count) => Write(new string(buffer, index, count));

        public override void Write(string? value)
        {
            if (Running.Program.Value is { } program)
                program._output.Enqueue(value ?? "");
            else
                _tests.Write(value);
        }

        public override void Flush() => _tests.Flush();
    }

    private sealed class Observer<T>(Action<T> next) : IObserver<T>
    {
        public void OnCompleted()
        {
        }

        public void OnError(Exception error)
        {
        }

        public void OnNext(T value) => next(value);
    }
}

using System.CommandLine;
using CacheDemo.Bench;
using CacheDemo.Bench.Hosts;
using CacheDemo.Bench.Micro;

var command = new RootCommand("Measures CacheDemo beside what it is compared with: see bench/README.md.")
{
    HostCommand.Create(),
    MicroCommand.Create(),
};
BenchOptions.AddTo(command);
command.SetAction(async (parsed, stop) =>
{
    try
    {
        return await Benchmark.RunAsync(BenchOptions.From(parsed), stop);
    }
    catch (BenchException problem)
    {
        Console.Error.WriteLine(problem.Message);
        return 1;
    }
    catch (OperationCanceledException) when (stop.IsCancellationRequested)
    {
        Console.Error.WriteLine("Stopped.");
        return 130;
    }
});

// Ctrl+C ends the servers before the process.
return await command.Parse(args).InvokeAsync(
    new InvocationConfiguration { ProcessTerminationTimeout = TimeSpan.FromSeconds(30) });

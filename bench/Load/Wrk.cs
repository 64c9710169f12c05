using CacheDemo.Bench.Processes;

namespace CacheDemo.Bench.Load;

/// <summary>Runs wrk.</summary>
internal static class Wrk
{
    /// <summary>Loads the address for so many seconds.</summary>
    public static async Task<WrkFigures> RunAsync(Contender contender, int seconds, CancellationToken stop)
    {
        string[] arguments =
        [
            "--threads",
            "1",
            "--connections",
            $"{contender.Connections}",
            "--duration",
            $"{seconds}s",
            "--timeout",
            "5s",
            "--script",
            Path.Combine(Repository.Root, "bench", "load.lua"),
            contender.Address.ToString(),
            "--",
            .. contender.Script,
        ];
        await using var wrk = ChildProcess.Start(Tool.Wrk, arguments);
        await wrk.ExitAsync(stop);
        return WrkFigures.Parse(wrk.Output);
    }
}

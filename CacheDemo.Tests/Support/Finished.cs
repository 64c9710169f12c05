using System.Diagnostics;

namespace CacheDemo.Tests.Support;

/// <summary>A program that ran to its end.</summary>
internal sealed record Finished(int ExitCode, string Output)
{
    /// <summary>Runs it.</summary>
    public static async Task<Finished> RunAsync(
        string program, IEnumerable<string> arguments, IReadOnlyDictionary<string, string> environment, string folder)
    {
        var start = new ProcessStartInfo(program, arguments) { WorkingDirectory = folder, RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var (name, value) in environment)
            start.Environment[name] = value;

        using var process = Process.Start(start)!;
        var said = await Task.WhenAll(process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        await process.WaitForExitAsync();
        return new Finished(process.ExitCode, string.Concat(said));
    }

    /// <summary>What it printed, where it went well.</summary>
    public string Succeeded()
    {
        Assert.True(ExitCode == 0, Output);
        return Output;
    }
}

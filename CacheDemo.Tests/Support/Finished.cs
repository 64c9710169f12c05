using System.Diagnostics;

namespace CacheDemo.Tests.Support;

/// <summary>A program that has exited.</summary>
internal sealed record Finished(int ExitCode, string Output)
{
    /// <summary>Runs it, as the other.</summary>
    public static Task<Finished> RunAsync(
        string program, IEnumerable<string> arguments, IReadOnlyDictionary<string, string> environment, string folder,
        TimeSpan? limit = null)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            WorkingDirectory = folder,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var (name, value) in environment)
            start.Environment[name] = value;

        return RunAsync(start, limit);
    }

    /// <summary>
    /// Runs it; one that takes longer than five minutes, or the limit, is killed with all that it started, and the test
    /// fails.
    /// </summary>
    public static async Task<Finished> RunAsync(ProcessStartInfo start, TimeSpan? limit = null)
    {
        using var process = Process.Start(start)!;
        var said = Task.WhenAll(process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        try
        {
            await Task.WhenAll(said, process.WaitForExitAsync()).WaitAsync(limit ?? TimeSpan.FromMinutes(5));
        }
        catch (TimeoutException)
        {
            process.Kill(entireProcessTree: true);
            Assert.Fail($"{start.FileName} {string.Join(' ', start.ArgumentList)} did not end in time.");
        }

        return new Finished(process.ExitCode, string.Concat(await said));
    }

    /// <summary>Its output, if it succeeded.</summary>
    public string Succeeded()
    {
        Assert.True(ExitCode == 0, Output);
        return Output;
    }
}

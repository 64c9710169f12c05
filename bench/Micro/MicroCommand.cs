using System.CommandLine;
using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Jobs;
using BenchmarkDotNet.Running;
using BenchmarkDotNet.Toolchains.InProcess.Emit;
using CacheDemo.Bench.Processes;
using Perfolizer.Horology;

namespace CacheDemo.Bench.Micro;

/// <summary><c>micro</c>: the micro-benchmarks, by BenchmarkDotNet.</summary>
internal static class MicroCommand
{
    /// <summary>The command; arguments go to BenchmarkDotNet, as <c>--filter *Json*</c>.</summary>
    public static Command Create()
    {
        var command = new Command("micro", "URL keys, JSON and events, by BenchmarkDotNet, whose options it takes.");
        command.TreatUnmatchedTokensAsErrors = false;
        command.SetAction(parsed =>
        {
            string[] arguments = parsed.UnmatchedTokens is { Count: > 0 } given ? [.. given] : ["--filter", "*"];
            var config = DefaultConfig.Instance
                .WithArtifactsPath(Path.Combine(Repository.Root, "artifacts", "bench"))
                .AddJob(Job.Default
                    .WithToolchain(InProcessEmitToolchain.Instance)
                    .WithIterationTime(TimeInterval.FromMilliseconds(250))
                    .WithWarmupCount(5)
                    .WithIterationCount(15));
            var summaries = BenchmarkSwitcher.FromAssembly(typeof(MicroCommand).Assembly).Run(arguments, config);
            return summaries.All(summary => summary.Reports.All(report => report.Success)) ? 0 : 1;
        });
        return command;
    }
}

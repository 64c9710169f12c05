using CacheDemo.Bench.Figures;

namespace CacheDemo.Bench.Load;

/// <summary>Measures contenders in turns, A B C A B C, after each was warmed up.</summary>
internal static class Rounds
{
    private static readonly HttpClient Client = new();

    /// <summary>Runs them; the result has those that the machine can run.</summary>
    public static async Task<IReadOnlyDictionary<string, Measured>> RunAsync(
        Run run,
        string row,
        params IEnumerable<Contender?> contenders)
    {
        Contender[] all = [.. contenders.OfType<Contender>()];
        foreach (var contender in all)
        {
            await VerifyAsync(row, contender, run.Stop);
            if (!run.IsCold(contender))
                continue;
            run.Progress($"{row}: warms up {contender.Name}");
            await SampleAsync(run, contender, run.Options.WarmUpSeconds);
        }

        var samples = all.ToDictionary(contender => contender.Name, _ => new List<Sample>());
        for (var round = 1; round <= run.Options.Rounds; round++)
        {
            foreach (var contender in all)
            {
                var sample = await SampleAsync(run, contender, run.Options.Seconds);
                samples[contender.Name].Add(sample);
                if (sample.Errors > 0)
                    run.Report.Error($"{row}, {contender.Name}: {sample.Errors} errors in round {round}");
                run.Progress(
                    $"{row}: round {round} of {run.Options.Rounds}, {contender.Name}: "
                        + $"{Text.Number(sample.Rate, "#,0")} requests/s, p99 {Text.Number(sample.P99, "0.0")} ms");
            }
        }

        return samples.ToDictionary(pair => pair.Key, pair => new Measured(pair.Key, pair.Value));
    }

    // wrk looks at the status only; the original's is 200 for a miss as well.
    private static async Task VerifyAsync(string row, Contender contender, CancellationToken stop)
    {
        if (contender.Contains is "")
            return;
        using var response = await Client.GetAsync(contender.Address, stop);
        var body = await response.Content.ReadAsStringAsync(stop);
        if (!body.Contains(contender.Contains, StringComparison.Ordinal))
            throw new BenchException($"{row}: {contender.Name} answers {(int)response.StatusCode} {body}");
    }

    private static async Task<Sample> SampleAsync(Run run, Contender contender, int seconds)
    {
        await using var meanwhile = contender.Meanwhile is { } begin ? await begin(run.Stop) : null;
        var before = contender.Servers.Sum(server => server.CpuSeconds);
        var figures = await Wrk.RunAsync(contender, seconds, run.Stop);
        var cpu = contender.Servers.Sum(server => server.CpuSeconds) - before;
        return new(
            figures.Rate,
            figures.P50 / 1e3,
            figures.P99 / 1e3,
            figures.Requests > 0 ? cpu / figures.Requests * 100_000 : 0,
            contender.Servers.Sum(server => server.Memory) / 1e6,
            figures.Errors(contender.ExpectsMisses));
    }
}

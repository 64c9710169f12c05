using System.CommandLine;

namespace CacheDemo.Bench;

/// <summary>What a run measures, and how long.</summary>
/// <param name="Only">The rows; all where it is empty.</param>
/// <param name="Quick">Whether it takes about two minutes, and decides nothing.</param>
/// <param name="Rounds">How often each contender of a row is measured.</param>
/// <param name="Seconds">How long each time.</param>
/// <param name="WarmUpSeconds">How long each is under load before.</param>
/// <param name="FaultRounds">How often <c>faults</c> kills Redis.</param>
/// <param name="FaultSeconds">How long Redis is away then.</param>
/// <param name="Configuration">The configuration in which the services are published.</param>
/// <param name="Results">The folder of the file with the table.</param>
internal sealed record BenchOptions(
    IReadOnlyList<string> Only, bool Quick, int Rounds, int Seconds, int WarmUpSeconds, int FaultRounds,
    int FaultSeconds, string Configuration, string Results)
{
    private static readonly Option<string[]> OnlyOption = new("--only")
    {
        Description = "The rows to measure, separated by commas; all by default.",
        DefaultValueFactory = _ => [],
        AllowMultipleArgumentsPerToken = true,
    };

    private static readonly Option<bool> QuickOption = new("--quick")
    {
        Description = "Two minutes in all: short, with few rounds, which decide nothing.",
    };

    private static readonly Option<int?> RoundsOption = new("--rounds") { Description = "Rounds; 5, or 1 if quick." };

    private static readonly Option<int?> SecondsOption = new("--seconds")
    {
        Description = "Seconds of load for each contender in each round; 5, or 1 if quick.",
    };

    private static readonly Option<int?> FaultRoundsOption = new("--fault-rounds")
    {
        Description = "How often Redis is killed; 10, or 1 if quick.",
    };

    private static readonly Option<int?> FaultSecondsOption = new("--fault-seconds")
    {
        Description = "Seconds that it is away; 10, or 3 if quick.",
    };

    private static readonly Option<string> ConfigurationOption = new("--configuration")
    {
        Description = "The configuration in which the services are published; figures of another than Release decide "
            + "nothing.",
        DefaultValueFactory = _ => "Release",
    };

    private static readonly Option<string> ResultsOption = new("--results")
    {
        Description = "The folder of the file with the table; bench/results by default.",
        DefaultValueFactory = _ => Path.Combine(Processes.Repository.Root, "bench", "results"),
    };

    /// <summary>Adds the options to the command.</summary>
    public static void AddTo(Command command)
    {
        foreach (var option in new Option[]
        {
            OnlyOption,
            QuickOption,
            RoundsOption,
            SecondsOption,
            FaultRoundsOption,
            FaultSecondsOption,
            ConfigurationOption,
            ResultsOption,
        })
            command.Options.Add(option);

        foreach (var option in new[] { RoundsOption, SecondsOption, FaultRoundsOption, FaultSecondsOption })
        {
            option.Validators.Add(result =>
            {
                if (result.GetValueOrDefault<int?>() is < 1 or > 1000)
                    result.AddError($"{option.Name} is a number from 1 to 1000.");
            });
        }
    }

    /// <summary>The options of a command line.</summary>
    public static BenchOptions From(ParseResult parsed)
    {
        var quick = parsed.GetValue(QuickOption);
        return new(
            [
                .. parsed.GetRequiredValue(OnlyOption).SelectMany(names =>
                    names.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)),
            ],
            quick,
            parsed.GetValue(RoundsOption) ?? (quick ? 1 : Figures.Bar.Rounds),
            parsed.GetValue(SecondsOption) ?? (quick ? 1 : 5),
            quick ? 1 : 6,
            parsed.GetValue(FaultRoundsOption) ?? (quick ? 1 : 10),
            parsed.GetValue(FaultSecondsOption) ?? (quick ? 3 : 10),
            parsed.GetRequiredValue(ConfigurationOption),
            parsed.GetRequiredValue(ResultsOption));
    }
}

using System.Diagnostics;
using System.Diagnostics.Metrics;
using static CacheDemo.Api.Diagnostics.CacheDiagnostics;

namespace CacheDemo.Api.Diagnostics;

/// <summary>The histogram of the durations of commands, of Redis and of the database.</summary>
internal sealed class CommandDuration(IMeterFactory meters)
{
    private readonly Histogram<double> _seconds = meters.Create(Name).CreateHistogram(
        Instruments.OperationDuration, "s",
        "Duration of the commands of Redis and the database that requests wait for.",
        advice: new InstrumentAdvice<double>
        {
            HistogramBucketBoundaries = [0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 10],
        });

    /// <summary>Records a command.</summary>
    /// <param name="system">The database system: <c>redis</c>, <c>sqlite</c> or <c>postgresql</c>.</param>
    /// <param name="operation">The command.</param>
    /// <param name="started">When it began, by <see cref="Stopwatch"/>.</param>
    /// <param name="error">The type of the error; null where it succeeded.</param>
    public void Record(string system, string operation, long started, string? error)
    {
        if (!_seconds.Enabled)
            return;

        var tags = new TagList { { "db.system.name", system }, { "db.operation.name", operation } };
        if (error is not null)
            tags.Add(Attributes.ErrorType, error);
        _seconds.Record(Stopwatch.GetElapsedTime(started).TotalSeconds, tags);
    }
}

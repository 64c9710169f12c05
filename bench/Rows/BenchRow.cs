using CacheDemo.Bench.Processes;

namespace CacheDemo.Bench.Rows;

/// <summary>One or more lines of the table that are measured together.</summary>
internal abstract class BenchRow
{
    /// <summary>Its name for <c>--only</c>.</summary>
    public abstract string Name { get; }

    /// <summary>What it measures.</summary>
    public abstract string Description { get; }

    /// <summary>Whether <c>--quick</c> has time for it.</summary>
    public virtual bool IsQuick => true;

    /// <summary>The programs without which it is left out.</summary>
    public virtual IReadOnlyList<string> Needs => [Tool.Wrk, Tool.Redis];

    /// <summary>Measures it and adds its lines to the report.</summary>
    public abstract Task RunAsync(Run run);
}

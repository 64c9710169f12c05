using CacheDemo.Bench.Figures;

namespace CacheDemo.Bench;

/// <summary>What a run found.</summary>
internal sealed class Report
{
    private readonly List<Line> _lines = [];
    private readonly List<string> _errors = [], _leftOut = [];

    /// <summary>The lines of the table, in order.</summary>
    public IReadOnlyList<Line> Lines => _lines;

    /// <summary>Answers that should not have been, and rows that could not be finished.</summary>
    public IReadOnlyList<string> Errors => _errors;

    /// <summary>What was not measured, and why.</summary>
    public IReadOnlyList<string> LeftOut => _leftOut;

    /// <summary>Adds a line.</summary>
    public void Add(Line line) => _lines.Add(line);

    /// <summary>Adds an error: the run fails.</summary>
    public void Error(string error) => _errors.Add(error);

    /// <summary>Adds what is left out, once.</summary>
    public void LeaveOut(string what)
    {
        if (!_leftOut.Contains(what))
            _leftOut.Add(what);
    }
}

namespace Aspire.Hosting.ApplicationModel;

/// <summary>What resources do.</summary>
public static class KnownResourceStates
{
    /// <summary>It waits for another.</summary>
    public static readonly string Waiting = nameof(Waiting);

    /// <summary>It starts.</summary>
    public static readonly string Starting = nameof(Starting);

    /// <summary>It runs.</summary>
    public static readonly string Running = nameof(Running);

    /// <summary>It could not be started.</summary>
    public static readonly string FailedToStart = nameof(FailedToStart);

    /// <summary>It has ended.</summary>
    public static readonly string Finished = nameof(Finished);

    /// <summary>The states that nothing follows.</summary>
    public static readonly IReadOnlyList<string> TerminalStates = [Finished, FailedToStart];
}

namespace Aspire.Hosting.ApplicationModel;

/// <summary>Something that can be done with a resource while it runs.</summary>
internal sealed record ResourceCommandAnnotation(
    string Name, Func<IServiceProvider, CancellationToken, Task<ExecuteCommandResult>> ExecuteCommand) : IResourceAnnotation;

/// <summary>How a command went.</summary>
public sealed class ExecuteCommandResult
{
    /// <summary>Whether it was done.</summary>
    public required bool Success { get; init; }

    /// <summary>Why not, or what came of it.</summary>
    public string? Message { get; init; }
}

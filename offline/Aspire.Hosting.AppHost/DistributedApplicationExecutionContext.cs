namespace Aspire.Hosting;

/// <summary>What the AppHost was started for.</summary>
public class DistributedApplicationExecutionContext(DistributedApplicationOperation operation)
{
    /// <summary>What it was started for.</summary>
    public DistributedApplicationOperation Operation { get; } = operation;

    /// <summary>To run the application.</summary>
    public bool IsRunMode => Operation is DistributedApplicationOperation.Run;

    /// <summary>To publish it.</summary>
    public bool IsPublishMode => Operation is DistributedApplicationOperation.Publish;
}

/// <summary>What an AppHost can be started for.</summary>
public enum DistributedApplicationOperation
{
    /// <summary>To run the application.</summary>
    Run,

    /// <summary>To publish it, which the stand-in does not.</summary>
    Publish,
}

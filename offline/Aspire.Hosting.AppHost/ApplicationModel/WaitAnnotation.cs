namespace Aspire.Hosting.ApplicationModel;

/// <summary>A resource starts after another.</summary>
public sealed class WaitAnnotation(IResource resource, WaitType waitType) : IResourceAnnotation
{
    /// <summary>The other.</summary>
    public IResource Resource { get; } = resource;

    /// <summary>What to wait for.</summary>
    public WaitType WaitType { get; } = waitType;
}

/// <summary>What a resource waits for.</summary>
public enum WaitType
{
    /// <summary>The other runs and its health checks pass.</summary>
    WaitUntilHealthy = 0,

    /// <summary>The other runs.</summary>
    WaitUntilStarted = 2,
}

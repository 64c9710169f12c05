using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Aspire.Hosting.ApplicationModel;

/// <summary>How a resource is.</summary>
public sealed record CustomResourceSnapshot
{
    /// <summary>What it does.</summary>
    public ResourceStateSnapshot? State { get; init; }

    /// <summary>Whether it is well; null while it does not run.</summary>
    public HealthStatus? HealthStatus { get; internal init; }

    /// <summary>What it ended with.</summary>
    public int? ExitCode { get; init; }
}

/// <summary>What a resource does, one of <see cref="KnownResourceStates"/>.</summary>
public sealed record ResourceStateSnapshot(string Text, string? Style)
{
    /// <summary>Makes a state of its name.</summary>
    public static implicit operator ResourceStateSnapshot?(string? s) => s is null ? null : new(s, Style: null);
}

/// <summary>How a resource, or a replica of it, is now.</summary>
public class ResourceEvent(IResource resource, string resourceId, CustomResourceSnapshot snapshot)
{
    /// <summary>The resource.</summary>
    public IResource Resource { get; } = resource;

    /// <summary>The resource or the replica.</summary>
    public string ResourceId { get; } = resourceId;

    /// <summary>How it is.</summary>
    public CustomResourceSnapshot Snapshot { get; } = snapshot;
}

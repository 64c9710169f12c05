using Microsoft.Extensions.Hosting;

namespace Aspire.Hosting;

/// <summary>How Aspire.Hosting.Testing takes part while an AppHost's entry point runs.</summary>
internal abstract class EntryPointHook
{
    /// <summary>The one for the entry point that runs here; null outside tests.</summary>
    public static AsyncLocal<EntryPointHook?> Current { get; } = new();

    public abstract void Constructing(DistributedApplicationOptions options, HostApplicationBuilderSettings settings);

    public abstract void Building(DistributedApplicationBuilder builder);

    public abstract void Built(DistributedApplication application);
}

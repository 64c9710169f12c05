namespace Aspire.Hosting;

/// <summary>How to build an application.</summary>
public sealed class DistributedApplicationOptions
{
    /// <summary>The command line arguments.</summary>
    public string[]? Args { get; set; }

    /// <summary>Whether to mix the resources' output into the AppHost's log.</summary>
    public bool EnableResourceLogging { get; set; }

    /// <summary>Whether to do without the dashboard; the stand-in never has one, but waits differently.</summary>
    public bool DisableDashboard { get; set; }
}

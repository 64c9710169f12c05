namespace Aspire.Hosting.ApplicationModel;

/// <summary>A health check of the AppHost's services tells whether a resource is healthy.</summary>
public class HealthCheckAnnotation(string key) : IResourceAnnotation
{
    /// <summary>The name the health check is registered under.</summary>
    public string Key { get; } = key;
}

namespace Aspire.Hosting.ApplicationModel;

/// <summary>A link to a resource, as the dashboard shows it.</summary>
public sealed class ResourceUrlAnnotation : IResourceAnnotation
{
    /// <summary>The address.</summary>
    public required string Url { get; set; }

    /// <summary>The words to show in its place.</summary>
    public string? DisplayText { get; set; }
}

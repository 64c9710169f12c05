namespace CacheDemo.Api.Lab;

/// <summary>Options of the experiments, section <c>Lab</c>.</summary>
internal sealed class LabOptions
{
    /// <summary>The section.</summary>
    public const string Section = "Lab";

    /// <summary>Whether there are any: by default in development only.</summary>
    public bool Enabled { get; set; }
}

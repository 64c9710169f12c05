using Aspire.Hosting.ApplicationModel;

namespace Aspire.Hosting;

/// <summary>Where a project is. The build generates an implementation for each that the AppHost references.</summary>
public interface IProjectMetadata : IResourceAnnotation
{
    /// <summary>The project file.</summary>
    string ProjectPath { get; }

    /// <summary>What was built of it. The stand-in's own: it starts it, where Aspire asks <c>dotnet run</c>.</summary>
    string TargetPath { get; }
}

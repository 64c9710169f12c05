using CacheDemo.Deploy.Manifest;

namespace CacheDemo.Deploy.Images;

/// <summary>What the image of a project is called, where it is built and where it is run.</summary>
internal static class ImageName
{
    /// <summary>Its repository: <c>CacheDemo.Api/CacheDemo.Api.csproj</c> is <c>cachedemo-api</c>.</summary>
    public static string Of(ProjectResource project) =>
        Path.GetFileNameWithoutExtension(project.Path).ToLowerInvariant().Replace('.', '-');
}

using CacheDemo.Deploy.Manifest;

namespace CacheDemo.Deploy.Images;

/// <summary>The name and the user of a project's image, where it is built and where it runs.</summary>
internal static class ImageName
{
    /// <summary>The user <c>app</c> of Microsoft's images; the number is valid in all images.</summary>
    public const string User = "1654";

    /// <summary>Its repository: <c>CacheDemo.Api/CacheDemo.Api.csproj</c> is <c>cachedemo-api</c>.</summary>
    public static string Of(ProjectResource project) =>
        Path.GetFileNameWithoutExtension(project.Path).ToLowerInvariant().Replace('.', '-');
}

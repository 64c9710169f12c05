using System.Text.Json;
using Microsoft.AspNetCore.Http;

namespace Aspire.Hosting.Running;

/// <summary>A profile of a project's launchSettings.json.</summary>
internal sealed record LaunchProfile(
    string? CommandName, string? ApplicationUrl, Dictionary<string, string>? EnvironmentVariables)
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web)
    {
        AllowTrailingCommas = true,
        ReadCommentHandling = JsonCommentHandling.Skip,
    };

    public string Name { get; private init; } = "";

    public Dictionary<string, string> EnvironmentVariables { get; } = EnvironmentVariables ?? [];

    /// <summary>The profile of the AppHost's name, if the project has one, else its first for a project.</summary>
    public static LaunchProfile? Of(string projectPath, string? preferred)
    {
        var profiles = All(Path.GetDirectoryName(projectPath)!);
        return profiles.FirstOrDefault(p => p.Name == preferred)
            ?? profiles.FirstOrDefault(p => p.CommandName is null or "Project" or "Executable");
    }

    /// <summary>The profiles of the project in a directory, in the order of the file.</summary>
    public static IReadOnlyList<LaunchProfile> All(string projectDirectory)
    {
        var path = Path.Combine(projectDirectory, "Properties", "launchSettings.json");
        if (!File.Exists(path))
            return [];

        var settings = JsonSerializer.Deserialize<LaunchSettings>(File.ReadAllText(path), Json);
        return [.. from p in settings?.Profiles ?? [] select p.Value with { Name = p.Key }];
    }

    /// <summary>The URLs as endpoints: http, https, and from the second of a scheme on http2, http3…</summary>
    public IEnumerable<(string Name, BindingAddress Url)> Endpoints() =>
        from url in (ApplicationUrl ?? "").Split(';', StringSplitOptions.RemoveEmptyEntries)
        let address = BindingAddress.Parse(url)
        group address by address.Scheme into sameScheme
        from numbered in sameScheme.Index()
        select (numbered.Index == 0 ? sameScheme.Key : $"{sameScheme.Key}{numbered.Index + 1}", numbered.Item);

    private sealed record LaunchSettings(Dictionary<string, LaunchProfile>? Profiles);
}

using System.Text;
using CacheDemo.Deploy.Manifest;

namespace CacheDemo.Deploy.Compose;

/// <summary>The variables of a compose file, which stand in its <c>.env</c>.</summary>
internal static class ComposeVariables
{
    /// <summary>The registry that the images come from.</summary>
    public const string Registry = "REGISTRY";

    /// <summary>The tag of the images.</summary>
    public const string Tag = "TAG";

    /// <summary>The input of a parameter: <c>REDIS</c> for <c>redis</c>.</summary>
    public static string Of(ParameterResource parameter, string input) =>
        Upper(parameter.Inputs.Count == 1 ? parameter.Name : $"{parameter.Name}_{input}");

    /// <summary>The port of the host at which a resource is published.</summary>
    public static string PortOf(Workload workload, string binding) =>
        Upper(
            workload.Bindings.Values.Count(other => other.External && other.Scheme != "https") > 1
                ? $"{workload.Name}_{binding}_PORT"
                : $"{workload.Name}_PORT");

    /// <summary>A text as it must stand in a compose file, where a dollar begins a variable.</summary>
    public static string Escape(string text) => text.Replace("$", "$$");

    private static string Upper(string name) => name.ToUpperInvariant().Replace('-', '_');
}

using CacheDemo.Deploy.Manifest;

namespace CacheDemo.Deploy.Aws;

/// <summary>Names in CloudFormation, which are of letters and digits.</summary>
internal static class Names
{
    /// <summary>
    /// Of a resource: <c>Frontend</c> for <c>frontend</c>, <c>StockPassword</c> for <c>stock-password</c>.
    /// </summary>
    public static string Id(string name) =>
        string.Concat(
            name.Split('-', '_')
                .Where(word => word.Length > 0)
                .Select(word => $"{char.ToUpperInvariant(word[0])}{word[1..]}"));

    /// <summary>Of the parameter that an input is; of a secret, it is where the secret is.</summary>
    public static string Parameter(InputReference input) =>
        $"{Id(input.Parameter.Name)}{(input.Parameter.Inputs.Count > 1 ? Id(input.Input) : "")}{(input.Definition.Secret ? "SecretArn" : "")}";
}

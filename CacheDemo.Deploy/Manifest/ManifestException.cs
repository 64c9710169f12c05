namespace CacheDemo.Deploy.Manifest;

/// <summary>
/// A manifest cannot be deployed. The message is one line: the resource, the expression, and the error.
/// </summary>
public sealed class ManifestException(string message) : DeployException(message);

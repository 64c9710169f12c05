namespace CacheDemo.Deploy.Manifest;

/// <summary>
/// A manifest cannot be deployed. The message is one line: which resource, which expression, what is wrong with it.
/// </summary>
public sealed class ManifestException(string message) : DeployException(message);

namespace CacheDemo.Deploy;

/// <summary>
/// A command failed. The message is one line for the console: what is wrong, and what to do.
/// </summary>
public class DeployException(string message) : Exception(message);

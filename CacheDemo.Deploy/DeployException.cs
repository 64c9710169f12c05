namespace CacheDemo.Deploy;

/// <summary>
/// A command cannot be done. The message is one line for the person at the console: what is wrong and what to do.
/// </summary>
public class DeployException(string message) : Exception(message);

namespace CacheDemo.AppHost;

/// <summary>
/// The system cannot start as configured. The message is one line: what is wrong, and what to do.
/// </summary>
internal sealed class SetupException(string message) : Exception(message);

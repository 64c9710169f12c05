namespace CacheDemo.AppHost;

/// <summary>
/// The system cannot start as asked. The message is one line for the person at the console: what is wrong and what to
/// do.
/// </summary>
internal sealed class SetupException(string message) : Exception(message);

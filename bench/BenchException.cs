namespace CacheDemo.Bench;

/// <summary>A run that cannot go on, for a reason that one line explains.</summary>
internal sealed class BenchException(string message) : Exception(message);

namespace Aspire.StackExchange.Redis;

/// <summary>How to connect to Redis, and what to watch.</summary>
public sealed class StackExchangeRedisSettings
{
    /// <summary>The connection string.</summary>
    public string? ConnectionString { get; set; }

    /// <summary>Whether to do without the health check.</summary>
    public bool DisableHealthChecks { get; set; }

    /// <summary>Whether to do without tracing.</summary>
    public bool DisableTracing { get; set; }

    /// <summary>Whether to connect on first use (the default) and not at start.</summary>
    public bool DisableAutoActivation { get; set; } = true;
}

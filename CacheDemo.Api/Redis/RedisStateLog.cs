using StackExchange.Redis;

namespace CacheDemo.Api.Redis;

/// <summary>Logs once per change that Redis went away or came back, and why, however many requests feel it.</summary>
internal sealed partial class RedisStateLog(IConnectionMultiplexer redis, ILogger<RedisStateLog> logger) : IHostedService
{
    private bool? _connected;

    public Task StartAsync(CancellationToken cancellationToken)
    {
        redis.ConnectionFailed += OnFailed;
        redis.ConnectionRestored += OnRestored;
        Say(redis.IsConnected, "it does not answer yet");
        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken)
    {
        redis.ConnectionFailed -= OnFailed;
        redis.ConnectionRestored -= OnRestored;
        return Task.CompletedTask;
    }

    private void OnFailed(object? sender, ConnectionFailedEventArgs e) => Say(redis.IsConnected, e.FailureType.ToString());

    private void OnRestored(object? sender, ConnectionFailedEventArgs e) => Say(redis.IsConnected, "");

    private void Say(bool connected, string reason)
    {
        lock (logger)
        {
            if (connected == _connected)
                return;
            _connected = connected;
        }

        if (connected)
            LogConnected();
        else
            LogAway(reason);
    }

    [LoggerMessage(LogLevel.Information, "Redis is connected")]
    private partial void LogConnected();

    [LoggerMessage(LogLevel.Warning, "Redis is away: {Reason}. Requests get 503 until it is back")]
    private partial void LogAway(string reason);
}

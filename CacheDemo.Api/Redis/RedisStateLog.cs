using StackExchange.Redis;

namespace CacheDemo.Api.Redis;

/// <summary>Logs once per change that Redis went away or came back, and why, however many requests feel it.</summary>
internal sealed partial class RedisStateLog(IConnectionMultiplexer redis, RedisDefaults defaults, ILogger<RedisStateLog> logger) : IHostedService
{
    /// <summary>What was said since Redis went away: a reason that somebody has to do something about may come later.</summary>
    private readonly HashSet<string> _said = [];

    private bool? _connected;

    public Task StartAsync(CancellationToken cancellationToken)
    {
        redis.ConnectionFailed += OnFailed;
        redis.ConnectionRestored += OnRestored;
        Say(redis.IsConnected, redis.IsConnected ? null : defaults.WithoutPassword, "it does not answer yet");
        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken)
    {
        redis.ConnectionFailed -= OnFailed;
        redis.ConnectionRestored -= OnRestored;
        return Task.CompletedTask;
    }

    private void OnFailed(object? sender, ConnectionFailedEventArgs e) =>
        Say(redis.IsConnected, defaults.WithoutPassword ?? RedisFailure.Describe(e.Exception), e.FailureType.ToString());

    private void OnRestored(object? sender, ConnectionFailedEventArgs e) => Say(redis.IsConnected, null, "");

    private void Say(bool connected, string? remediable, string otherwise)
    {
        lock (_said)
        {
            var changed = connected != _connected;
            _connected = connected;
            if (connected)
                _said.Clear();
            else if (remediable is not null)
                changed = _said.Add(remediable);
            if (!changed)
                return;
        }

        if (connected)
            LogConnected();
        else
            LogAway(remediable ?? otherwise);
    }

    [LoggerMessage(LogLevel.Information, "Redis is connected")]
    private partial void LogConnected();

    [LoggerMessage(LogLevel.Warning, "Redis is away: {Reason}. Requests get 503 until it is back")]
    private partial void LogAway(string reason);
}

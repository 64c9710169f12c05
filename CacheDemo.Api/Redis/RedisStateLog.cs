using Microsoft.Extensions.Options;
using StackExchange.Redis;

namespace CacheDemo.Api.Redis;

/// <summary>Logs once per change that Redis went away or came back, and why, however many requests feel it.</summary>
internal sealed partial class RedisStateLog(
    IConnectionMultiplexer redis, IOptions<ConfigurationOptions> options, RedisDefaults defaults, ILogger<RedisStateLog> logger) : BackgroundService
{
    private static readonly TimeSpan AskInterval = TimeSpan.FromSeconds(2);

    /// <summary>What was said since Redis went away: a reason that somebody has to do something about may come later.</summary>
    private readonly HashSet<string> _said = [];

    private bool? _connected;

    public override Task StartAsync(CancellationToken cancellationToken)
    {
        redis.ConnectionFailed += OnFailed;
        redis.ConnectionRestored += OnRestored;
        Say(redis.IsConnected, redis.IsConnected ? null : defaults.WithoutPassword, "it does not answer yet");
        return base.StartAsync(cancellationToken);
    }

    public override Task StopAsync(CancellationToken cancellationToken)
    {
        redis.ConnectionFailed -= OnFailed;
        redis.ConnectionRestored -= OnRestored;
        return base.StopAsync(cancellationToken);
    }

    // StackExchange.Redis tells of a connection's first failure only. Why the next fail too, another connection finds out.
    protected override Task ExecuteAsync(CancellationToken stoppingToken) => RedisLoop.EveryAsync(
        AskInterval,
        async () =>
        {
            if (!redis.IsConnected && await WhyAsync() is { } reason && !redis.IsConnected)
                Say(connected: false, reason, reason);
        },
        stoppingToken);

    private async Task<string?> WhyAsync()
    {
        var asking = options.Value.Clone();
        asking.AbortOnConnectFail = true;
        try
        {
            await using var connection = await ConnectionMultiplexer.ConnectAsync(asking);
            return null;
        }
        catch (RedisConnectionException e)
        {
            return defaults.WithoutPassword ?? RedisFailure.Describe(e);
        }
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

using StackExchange.Redis;

namespace CacheDemo.Api.Redis;

/// <summary>
/// Finds the primary after a failover that left the connection where it was: on a server that is a replica now. The endpoint's
/// name leads to the new primary, but only who connects anew asks for it. A cluster tells where its primaries are by itself.
/// </summary>
internal sealed partial class MovedPrimary(IConnectionMultiplexer redis, RedisLoop loop, ILogger<MovedPrimary> logger) : BackgroundService
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(500);

    /// <summary>So many looks in a row at nothing that is connected are more than a connection that is made anew: Redis is away.</summary>
    private const int Patience = 4;

    private int _notConnected;

    /// <summary>Whether connections come and go because this looks for a primary.</summary>
    public bool IsLooking { get; private set; }

    protected override Task ExecuteAsync(CancellationToken stoppingToken) => loop.EveryAsync(
        "looking for the primary", Interval, LookAsync, stoppingToken, unverified: true);

    private async Task LookAsync()
    {
        var servers = redis.GetServers();
        if (servers.Any(server => server.IsConnected && (!server.IsReplica || server.ServerType is ServerType.Cluster)))
        {
            if (IsLooking)
                LogFound();
            (IsLooking, _notConnected) = (false, 0);
        }
        else if (servers.All(server => server.IsConnected)) // One that is not may be the primary, and is connected to anew anyway.
        {
            if (!IsLooking)
                LogLooking();
            (IsLooking, _notConnected) = (true, 0);
            await Task.WhenAll(servers.Select(server => server.ExecuteAsync("QUIT")));
        }
        else if (IsLooking && ++_notConnected == Patience)
        {
            IsLooking = false;
        }
    }

    [LoggerMessage(LogLevel.Warning, "Only replicas of Redis are connected: what writes gets 503, and connections are made anew until one is to a primary")]
    private partial void LogLooking();

    [LoggerMessage(LogLevel.Information, "A primary of Redis is connected")]
    private partial void LogFound();
}

using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using StackExchange.Redis;

namespace CacheDemo.Redis;

/// <summary>
/// Reconnects after a failover that left every connection on a replica. The name of the endpoint resolves to the new
/// primary, but only a new connection resolves it again. In a cluster, StackExchange.Redis finds the new primary by
/// itself.
/// </summary>
internal sealed partial class FailoverReconnector(
    IConnectionMultiplexer redis, RedisConnectionState state, BackgroundWork work, ILogger<FailoverReconnector> logger)
    : BackgroundService
{
    /// <summary>After so many checks in a row without a connection, Redis is away rather than reconnecting.</summary>
    private const int MaxDisconnectedChecks = 4;

    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(500);

    private int _disconnectedChecks;

    protected override Task ExecuteAsync(CancellationToken stoppingToken) => work.EveryAsync(
        "looking for the primary", Interval, CheckAsync, stoppingToken, unverified: true);

    private async Task CheckAsync()
    {
        var servers = redis.GetServers();
        if (servers.Any(server =>
            server.IsConnected && (!server.IsReplica || server.ServerType is ServerType.Cluster)))
        {
            if (state.OnlyReplicas)
                LogFound();
            (state.OnlyReplicas, _disconnectedChecks) = (false, 0);
        }
        else if (servers.All(server => server.IsConnected)) // One that is not connected may be the primary.
        {
            if (!state.OnlyReplicas)
                LogLooking();
            (state.OnlyReplicas, _disconnectedChecks) = (true, 0);
            await Task.WhenAll(servers.Select(server => server.ExecuteAsync("QUIT")));
        }
        else if (state.OnlyReplicas && ++_disconnectedChecks == MaxDisconnectedChecks)
        {
            state.OnlyReplicas = false;
        }
    }

    [LoggerMessage(
        LogLevel.Warning,
        "Only replicas of Redis are connected: what writes gets 503, "
            + "and connections are made anew until one is to a primary"
    )]
    private partial void LogLooking();

    [LoggerMessage(LogLevel.Information, "A primary of Redis is connected")]
    private partial void LogFound();
}

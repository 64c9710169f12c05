using StackExchange.Redis;

namespace CacheDemo.Api.Redis;

/// <summary>
/// Finds the primary after a failover that left the connection where it was: on a server that is a replica now. The endpoint's
/// name leads to the new primary, but only who connects anew asks for it. A cluster tells where its primaries are by itself.
/// </summary>
internal sealed partial class MovedPrimary(IConnectionMultiplexer redis, ILogger<MovedPrimary> logger) : BackgroundService
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(500);

    protected override Task ExecuteAsync(CancellationToken stoppingToken) => RedisLoop.EveryAsync(
        Interval,
        async () =>
        {
            var connected = redis.GetServers().Where(server => server.IsConnected).ToArray();
            if (connected.Length == 0 || !connected.All(server => server.IsReplica && server.ServerType is ServerType.Standalone))
                return;

            LogConnectingAnew();
            await Task.WhenAll(connected.Select(server => server.ExecuteAsync("QUIT")));
        },
        stoppingToken);

    [LoggerMessage(LogLevel.Debug, "All that is connected are replicas: connecting anew")]
    private partial void LogConnectingAnew();
}

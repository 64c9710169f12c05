using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using StackExchange.Redis;

namespace CacheDemo.Redis;

/// <summary>
/// Authenticates open connections again: ElastiCache closes a connection 12 hours after its last authentication. No
/// command can be sent on the subscription connection of StackExchange.Redis; when it is closed, the library reconnects
/// with a new token and subscribes again.
/// </summary>
internal sealed partial class ElastiCacheReauthentication(
    IConnectionMultiplexer redis, ElastiCacheIam iam, BackgroundWork work, ILogger<ElastiCacheReauthentication> logger)
    : BackgroundService
{
    private static readonly TimeSpan Retry = TimeSpan.FromMinutes(1);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var wait = iam.ReauthenticateAfter;
        while (!stoppingToken.IsCancellationRequested)
        {
            await Task.Delay(wait, stoppingToken);
            var done = false;
            await work.TryAsync(
                "authenticating again",
                async () =>
                {
                    var connected = redis.GetServers().Where(server => server.IsConnected);
                    done = (await Task.WhenAll(connected.Select(AuthenticateAsync))).All(succeeded => succeeded);
                },
                stoppingToken);
            wait = done || iam.ReauthenticateAfter < Retry ? iam.ReauthenticateAfter : Retry;
        }
    }

    private async Task<bool> AuthenticateAsync(IServer server)
    {
        try
        {
            await server.ExecuteAsync("AUTH", iam.User!, iam.Password!);
            return true;
        }
        catch (Exception e) when (RedisFailure.IsRedisFault(e) || e is RedisCredentialsException)
        {
            LogRefused(RedisFailure.Describe(e) ?? e.GetType().Name);
            return false;
        }
    }

    [LoggerMessage(
        LogLevel.Warning,
        "A connection to Redis could not sign in again: {Reason}. "
            + "AWS cuts it 12 hours after it last did; this is tried again")]
    private partial void LogRefused(string reason);
}

using StackExchange.Redis;

namespace CacheDemo.Api.Redis;

/// <summary>
/// Signs in again on live connections: AWS cuts those that did not for 12 hours. On the connection that StackExchange.Redis keeps
/// for subscriptions nobody can send a command; when it is cut, it is made anew with a new token, and subscribes again.
/// </summary>
internal sealed partial class Reauthentication(
    IConnectionMultiplexer redis, ElastiCacheIam iam, TimeProvider clock, RedisLoop loop, ILogger<Reauthentication> logger) : BackgroundService
{
    private static readonly TimeSpan Retry = TimeSpan.FromMinutes(1);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var wait = iam.ReauthenticateAfter;
        while (!stoppingToken.IsCancellationRequested)
        {
            await Task.Delay(wait, clock, stoppingToken);
            var done = false;
            await loop.TryAsync(
                "signing in again",
                async () => done = (await Task.WhenAll(redis.GetServers().Where(server => server.IsConnected).Select(SignInAsync))).All(signedIn => signedIn),
                stoppingToken);
            wait = done || iam.ReauthenticateAfter < Retry ? iam.ReauthenticateAfter : Retry;
        }
    }

    private async Task<bool> SignInAsync(IServer server)
    {
        try
        {
            await server.ExecuteAsync("AUTH", iam.User!, iam.Password!);
            return true;
        }
        catch (Exception e) when (RedisFailure.IsAway(e) || e is RedisCredentialsException)
        {
            LogRefused(RedisFailure.Describe(e) ?? e.GetType().Name);
            return false;
        }
    }

    [LoggerMessage(LogLevel.Warning, "A connection to Redis could not sign in again: {Reason}. AWS cuts it 12 hours after it last did; this is tried again")]
    private partial void LogRefused(string reason);
}

using StackExchange.Redis;

namespace CacheDemo.Api.Redis;

internal static class RedisExtensions
{
    /// <summary>
    /// Adds the Redis client from <c>ConnectionStrings:redis</c>, else <c>REDIS_ENDPOINT</c>, else a server on this machine.
    /// </summary>
    /// <exception cref="FormatException">The connection string is malformed.</exception>
    public static void AddDemoRedis(this IHostApplicationBuilder builder)
    {
        var configuration = builder.Configuration;
        var options = RedisConnectionString.Parse(
            configuration.GetConnectionString("redis") is { Length: > 0 } connectionString ? connectionString
            : configuration["REDIS_ENDPOINT"] is { Length: > 0 } endpoint ? endpoint
            : "localhost:6379");

        builder.AddRedisClient(
            "redis",
            // A URL's user and password may hold what a StackExchange.Redis string cannot, so they travel beside it.
            settings => settings.ConnectionString = options.ToString(includePassword: false),
            configured =>
            {
                configured.User = options.User;
                configured.Password = options.Password;
                configured.Defaults = new RedisDefaults();
                // Aspire binds the options to the configuration before this, and with it writes the library's own policy into
                // them. A request fails at once while disconnected: what waits for a reconnect waits as long as Redis is away.
                configured.BacklogPolicy = BacklogPolicy.FailFast;
            });

        builder.Services.AddHostedService<RedisStateLog>();
    }
}

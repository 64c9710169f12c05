using StackExchange.Redis;
using StackExchange.Redis.Configuration;

namespace CacheDemo.Api.Redis;

/// <summary>
/// How the client behaves unless the connection string says otherwise: a request learns within a second that Redis is away,
/// and the connection is back soon after Redis is.
/// </summary>
internal sealed class RedisDefaults : DefaultOptionsProvider
{
    public override bool AbortOnConnectFail => false;

    /// <summary>INFO counts as administration in StackExchange.Redis; nothing else of that kind is asked.</summary>
    public override bool AllowAdmin => true;

    public override TimeSpan? ConnectTimeout => TimeSpan.FromSeconds(1);

    public override int ConnectRetry => 1;

    /// <summary>
    /// Of asynchronous commands too, unless <c>asyncTimeout</c> is set. The heartbeat finds what is overdue, and so adds up to its interval.
    /// </summary>
    public override TimeSpan SyncTimeout => TimeSpan.FromMilliseconds(600);

    public override TimeSpan HeartbeatInterval => TimeSpan.FromMilliseconds(200);

    public override IReconnectRetryPolicy? ReconnectRetryPolicy { get; } = new LinearRetry(250);
}

using StackExchange.Redis;
using StackExchange.Redis.Configuration;

namespace CacheDemo.Api.Redis;

/// <summary>
/// How the client behaves unless the connection string says otherwise: a request learns within a second that Redis is away,
/// and the connection is back soon after Redis is.
/// </summary>
internal sealed class RedisDefaults(IRedisCredentials credentials) : DefaultOptionsProvider
{
    public override bool AbortOnConnectFail => false;

    /// <summary>INFO counts as administration in StackExchange.Redis; nothing else of that kind is asked.</summary>
    public override bool AllowAdmin => true;

    /// <summary>
    /// The list of revoked certificates is somewhere on the internet, where a VPC need not have a way to and no connection is
    /// made within a second. All else about a certificate is checked; <c>checkCertificateRevocation=true</c> adds this.
    /// </summary>
    public override bool CheckCertificateRevocation => false;

    public override TimeSpan? ConnectTimeout => TimeSpan.FromSeconds(1);

    public override int ConnectRetry => 1;

    /// <summary>
    /// Of asynchronous commands too, unless <c>asyncTimeout</c> is set. The heartbeat finds what is overdue, and so adds up to its interval.
    /// </summary>
    public override TimeSpan SyncTimeout => TimeSpan.FromMilliseconds(600);

    public override TimeSpan HeartbeatInterval => TimeSpan.FromMilliseconds(200);

    public override IReconnectRetryPolicy? ReconnectRetryPolicy { get; } = new LinearRetry(250);

    /// <summary>How often each server is asked for its role: one that became a replica, or a primary, is treated so within a second.</summary>
    public override TimeSpan ConfigCheckInterval => TimeSpan.FromSeconds(1);

    /// <summary>None: where there are several servers they know their roles, and a user's rights need not include the key.</summary>
    public override string TieBreaker => "";

    /// <inheritdoc cref="TieBreaker"/>
    public override string ConfigurationChannel => "";

    /// <summary>StackExchange.Redis asks for user and password at every connection.</summary>
    public override string? User => credentials.User;

    /// <summary>Never throws: the connection is made without, and refused, and made again.</summary>
    public override string? Password
    {
        get
        {
            try
            {
                var password = credentials.Password;
                WithoutPassword = null;
                return password;
            }
            catch (RedisCredentialsException e)
            {
                WithoutPassword = e.Message;
                return null;
            }
        }
    }

    /// <summary>Why there was no password to be had when one was last asked for; null where there was.</summary>
    public string? WithoutPassword { get; private set; }
}

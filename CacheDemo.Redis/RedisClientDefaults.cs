using StackExchange.Redis;
using StackExchange.Redis.Configuration;

namespace CacheDemo.Redis;

/// <summary>
/// The defaults of the client where the connection string does not set an option: a request fails within a second while
/// Redis does not answer, and the connection is restored soon after Redis is back.
/// </summary>
internal sealed class RedisClientDefaults(IRedisCredentials credentials) : DefaultOptionsProvider
{
    public override bool AbortOnConnectFail => false;

    /// <summary>INFO counts as an admin command in StackExchange.Redis; no other one is sent.</summary>
    public override bool AllowAdmin => true;

    /// <summary>
    /// Off: revocation lists are fetched from the internet, which a VPC may not reach. Everything else about a
    /// certificate is checked; <c>checkCertificateRevocation=true</c> adds this.
    /// </summary>
    public override bool CheckCertificateRevocation => false;

    public override TimeSpan? ConnectTimeout => TimeSpan.FromSeconds(1);

    public override int ConnectRetry => 1;

    /// <summary>
    /// Also the timeout of asynchronous commands, unless <c>asyncTimeout</c> is set. The heartbeat detects timeouts,
    /// which adds up to one interval.
    /// </summary>
    public override TimeSpan SyncTimeout => TimeSpan.FromMilliseconds(600);

    public override TimeSpan HeartbeatInterval => TimeSpan.FromMilliseconds(200);

    public override IReconnectRetryPolicy? ReconnectRetryPolicy { get; } = new LinearRetry(250);

    /// <summary>How often the role of each server is read: a failover is noticed within a second.</summary>
    public override TimeSpan ConfigCheckInterval => TimeSpan.FromSeconds(1);

    /// <summary>None: servers know their roles, and the permissions of a user need not include the key.</summary>
    public override string TieBreaker => "";

    /// <inheritdoc cref="TieBreaker"/>
    public override string ConfigurationChannel => "";

    /// <summary>StackExchange.Redis reads user and password at every connection.</summary>
    public override string? User => credentials.User;

    /// <summary>Never throws: without a password the connection is refused, and tried again.</summary>
    public override string? Password
    {
        get
        {
            try
            {
                var password = credentials.Password;
                CredentialsProblem = null;
                return password;
            }
            catch (RedisCredentialsException e)
            {
                CredentialsProblem = e.Message;
                return null;
            }
        }
    }

    /// <summary>Why there was no password when it was last read; null where there was one.</summary>
    public string? CredentialsProblem { get; private set; }
}

namespace CacheDemo.Redis;

/// <summary>The credentials of a connection; read at every connection.</summary>
internal interface IRedisCredentials
{
    /// <summary>The user name; null for the default user.</summary>
    string? User { get; }

    /// <summary>The password; null without one.</summary>
    /// <exception cref="RedisCredentialsException">It is not available now.</exception>
    string? Password { get; }
}

/// <summary>A user and a password from the configuration.</summary>
internal sealed class FixedCredentials(string? user, string? password) : IRedisCredentials
{
    public string? User => user;

    public string? Password => password;
}

/// <summary>There are no credentials. The message gives the reason and no secret.</summary>
internal sealed class RedisCredentialsException(string message) : Exception(message);

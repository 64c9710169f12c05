namespace CacheDemo.Api.Redis;

/// <summary>How the API signs in to Redis: asked at every connection.</summary>
internal interface IRedisCredentials
{
    /// <summary>The user; null for Redis's default user.</summary>
    string? User { get; }

    /// <summary>The password; null where there is none.</summary>
    /// <exception cref="RedisCredentialsException">It cannot be had now; it may be at the next connection.</exception>
    string? Password { get; }
}

/// <summary>User and password as they were configured.</summary>
internal sealed class FixedCredentials(string? user, string? password) : IRedisCredentials
{
    public string? User => user;

    public string? Password => password;
}

/// <summary>There is nothing to sign in to Redis with. The message says why and holds no secret.</summary>
internal sealed class RedisCredentialsException(string message) : Exception(message);

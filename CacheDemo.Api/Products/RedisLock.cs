using StackExchange.Redis;

namespace CacheDemo.Api.Products;

/// <summary>The end of a lock that <c>LockTakeAsync</c> took.</summary>
internal static class RedisLock
{
    /// <summary>Releases a lock, unless it has expired and is another's.</summary>
    /// <remarks>
    /// Not <c>LockReleaseAsync</c>: for its condition the client blocks the connection, and on a busy machine gives up.
    /// Where a lock expires and is taken between the two commands, that one is released.
    /// </remarks>
    /// <param name="database">Where it is.</param>
    /// <param name="key">The key of the lock.</param>
    /// <param name="owner">Who took it.</param>
    /// <exception cref="RedisException">Redis does not answer; the lock then expires by itself.</exception>
    public static async Task ReleaseAsync(IDatabase database, RedisKey key, RedisValue owner)
    {
        if (await database.StringGetAsync(key) == owner)
            await database.KeyDeleteAsync(key);
    }
}

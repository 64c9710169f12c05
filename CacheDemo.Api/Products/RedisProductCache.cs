using System.Diagnostics;
using CacheDemo.Api.Diagnostics;
using CacheDemo.Redis;
using Microsoft.Extensions.Caching.Distributed;
using StackExchange.Redis;

namespace CacheDemo.Api.Products;

/// <summary>
/// The second level of the cache: one GET or SET on the connection that the API has. Microsoft's implementation
/// (<c>AddStackExchangeRedisCache</c>) does the same with two commands, without a span for each.
/// </summary>
internal sealed class RedisProductCache(
    IConnectionMultiplexer redis, ConnectionVerification verification, RedisCommandTelemetry commands,
    ProductConditions conditions) : IDistributedCache
{
    private IDatabase Database
    {
        get
        {
            if (conditions.Current.RedisDown)
                throw new TimeoutException("Redis is down for the lab.");
            verification.ThrowIfRefused();
            return redis.GetDatabase();
        }
    }

    /// <inheritdoc />
    public async Task<byte[]?> GetAsync(string key, CancellationToken token = default)
    {
        var read = ProductRead.Current;
        var started = Stopwatch.GetTimestamp();
        try
        {
            byte[]? entry = await commands.TimeAsync("GET", Database.StringGetAsync(key));
            if (read is not null)
                read.FoundInRedis = entry is not null;
            return entry;
        }
        finally
        {
            if (read is not null)
                read.RedisMs = (read.RedisMs ?? 0) + Stopwatch.GetElapsedTime(started).TotalMilliseconds;
        }
    }

    /// <inheritdoc />
    public Task SetAsync(
        string key, byte[] value, DistributedCacheEntryOptions options, CancellationToken token = default)
    {
        var lifetime = options.AbsoluteExpirationRelativeToNow ?? options.AbsoluteExpiration - DateTimeOffset.UtcNow;
        return commands.TimeAsync("SET", Database.StringSetAsync(key, value, expiry: lifetime, when: When.Always));
    }

    /// <inheritdoc />
    public Task RemoveAsync(string key, CancellationToken token = default) =>
        commands.TimeAsync("DEL", Database.KeyDeleteAsync(key));

    /// <inheritdoc />
    public Task RefreshAsync(string key, CancellationToken token = default) => Task.CompletedTask;

    // FusionCache calls these from its synchronous methods, which nothing here lets reach Redis.

    /// <inheritdoc />
    public byte[]? Get(string key) => throw new NotSupportedException();

    /// <inheritdoc />
    public void Set(string key, byte[] value, DistributedCacheEntryOptions options) =>
        throw new NotSupportedException();

    /// <inheritdoc />
    public void Remove(string key) => throw new NotSupportedException();

    /// <inheritdoc />
    public void Refresh(string key) => throw new NotSupportedException();
}

using System.Diagnostics;
using CacheDemo.Api.Diagnostics;
using CacheDemo.Redis;
using Microsoft.Extensions.Options;
using StackExchange.Redis;
using ZiggyCreatures.Caching.Fusion.Locking.Distributed;

namespace CacheDemo.Api.Products;

/// <summary>
/// Lets one instance at a time read a product from the database: a key that one sets and the others wait for.
/// </summary>
/// <remarks>
/// FusionCache has a package for it (ZiggyCreatures.FusionCache.Locking.Distributed.Redis). It releases its locks by a
/// Lua script, which Garnet runs only where it is switched on; a lock that was not released then lasts 30 seconds.
/// </remarks>
internal sealed class RedisProductLocker(
    IConnectionMultiplexer redis, ConnectionVerification verification, RedisCommandTelemetry commands,
    ProductConditions conditions, IOptions<ProductsOptions> options) : IFusionCacheDistributedLocker
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(10);

    /// <summary>A lock whose instance was killed ends then: the database, and Redis after it, take no longer.</summary>
    private readonly TimeSpan _lifetime = options.Value.HardTimeout + TimeSpan.FromSeconds(1);

    /// <inheritdoc />
    public async ValueTask<object?> AcquireLockAsync(
        string cacheName, string cacheInstanceId, string operationId, string key, string lockName, TimeSpan timeout,
        ILogger? logger, CancellationToken token)
    {
        if (conditions.Current.RedisDown || verification.Problem is not null)
            return null;

        var started = Stopwatch.GetTimestamp();
        var owner = $"{cacheInstanceId}:{Guid.NewGuid():n}";
        // A span for the first attempt only: the others come every ten milliseconds.
        var taken = await commands.TimeAsync("SET", TakeAsync());
        while (!taken && Stopwatch.GetElapsedTime(started) < timeout)
        {
            await Task.Delay(Interval, token);
            taken = await TakeAsync();
        }

        return taken ? owner : null;

        Task<bool> TakeAsync() => redis.GetDatabase().LockTakeAsync(lockName, owner, _lifetime);
    }

    /// <inheritdoc />
    public async ValueTask ReleaseLockAsync(
        string cacheName, string cacheInstanceId, string operationId, string key, string lockName, object? lockObj,
        ILogger? logger, CancellationToken token)
    {
        if (lockObj is not string owner)
            return;

        try
        {
            await RedisLock.ReleaseAsync(redis.GetDatabase(), lockName, owner);
        }
        // Who waits for it would wait until it ends by itself.
        catch (TimeoutException)
        {
            await RedisLock.ReleaseAsync(redis.GetDatabase(), lockName, owner);
        }
    }

    // FusionCache calls these from its synchronous methods, which nothing here lets reach Redis.

    /// <inheritdoc />
    public object? AcquireLock(
        string cacheName, string cacheInstanceId, string operationId, string key, string lockName, TimeSpan timeout,
        ILogger? logger, CancellationToken token) => throw new NotSupportedException();

    /// <inheritdoc />
    public void ReleaseLock(
        string cacheName, string cacheInstanceId, string operationId, string key, string lockName, object? lockObj,
        ILogger? logger, CancellationToken token) => throw new NotSupportedException();
}

using System.Diagnostics;
using System.Text.Json;
using CacheDemo.Api.Diagnostics;
using CacheDemo.Redis;
using Microsoft.Extensions.Options;
using ZiggyCreatures.Caching.Fusion;
using static CacheDemo.Api.Diagnostics.CacheDiagnostics;

namespace CacheDemo.Api.Products;

/// <summary>Products, read through the cache and written behind it (cache-aside).</summary>
/// <remarks>Operations throw a <see cref="DatabaseAwayException"/> where the cache cannot answer for it.</remarks>
internal sealed class ProductService(
    [FromKeyedServices(ProductsOptions.Section)] IFusionCache cache, ProductDatabase database, ProductChanges changes,
    ProductConditions conditions, ConnectionVerification verification, CacheTracing tracing, CacheLevels levels,
    TimeProvider clock, IOptions<ProductsOptions> options)
{
    /// <summary>By so much the clocks of this class and of FusionCache differ.</summary>
    private static readonly TimeSpan Tolerance = TimeSpan.FromMilliseconds(100);

    /// <summary>The key of a product, below the prefix of the cache.</summary>
    public static string KeyOf(int id) => $"{id}";

    /// <summary>Reads a product.</summary>
    public async Task<ProductAnswer> GetAsync(int id, bool acrossInstances = true)
    {
        var (started, startedAt) = (Stopwatch.GetTimestamp(), clock.GetUtcNow());
        var read = ProductRead.Begin();
        using var span = Start(Spans.Get, id);
        var entry = await CacheTracing.ObserveAsync(span, ReadAsync(id, read, acrossInstances));
        return Answer(entry, read, span, started, startedAt);
    }

    /// <summary>
    /// Reads a product as most code does: looks into the cache, and where it is not there asks the database. Nothing
    /// keeps a hundred readers from doing so at once.
    /// </summary>
    public async Task<ProductAnswer> GetUnprotectedAsync(int id)
    {
        var (started, startedAt) = (Stopwatch.GetTimestamp(), clock.GetUtcNow());
        var read = ProductRead.Begin();
        using var span = Start(Spans.Get, id);
        var cached = await cache.TryGetAsync<CachedProduct>(KeyOf(id));
        var entry = cached is { HasValue: true, Value: { } found } && changes.Allow(id, found)
            ? found
            : await CacheTracing.ObserveAsync(span, LoadAsync(id, read));
        if (read.Loaded is not null)
            await cache.SetAsync(KeyOf(id), entry, EntryOptions(conditions.Current, entry));
        read.IsCached = true;
        return Answer(entry, read, span, started, startedAt);
    }

    /// <summary>
    /// Changes the price, in the database first and then everywhere; adds the product if there is none.
    /// </summary>
    public async Task<Product> SetPriceAsync(int id, decimal price)
    {
        using var span = Start(Spans.Set, id);
        Product product;
        try
        {
            product = await CacheTracing.ObserveAsync(span, database.SetPriceAsync(id, price, LateAsync));
        }
        catch (DatabaseAwayException)
        {
            // It may have been written.
            await ExpireAsync(id);
            throw;
        }

        var now = conditions.Current;
        var entry = NewEntry(product);
        if (span is { IsAllDataRequested: true })
        {
            span.SetTag(Attributes.Ttl, (entry.ExpiresAt - entry.ReadAt).TotalSeconds)
                .SetTag(Attributes.ItemSize, SizeOf(entry));
        }

        var write = EntryOptions(now, entry);
        write.SkipBackplaneNotifications |= !now.Backplane;
        write.AllowBackgroundDistributedCacheOperations = write.AllowBackgroundBackplaneOperations = false;
        await Task.WhenAll(changes.AnnounceAsync(product), cache.SetAsync(KeyOf(id), entry, write).AsTask());
        return product;

        // The answer was 503, and a read since then may have stored the old price again.
        async Task LateAsync(Product? written)
        {
            if (written is not null)
                await changes.AnnounceAsync(written);
            await ExpireAsync(id);
        }
    }

    /// <summary>Reads a product as if there was no cache.</summary>
    public Task<CachedProduct> GetUncachedAsync(int id) => LoadAsync(id, new ProductRead());

    /// <summary>Removes a product from Redis and the memory of this instance.</summary>
    public ValueTask ForgetAsync(int id) => cache.RemoveAsync(KeyOf(id), EntryOptions(conditions.Current));

    /// <summary>Removes a product from the memory of this instance.</summary>
    public void ForgetHere(int id) => cache.Remove(KeyOf(id), MemoryOnly());

    /// <summary>
    /// Lets the entry of a product expire now in Redis, where it stays for reads while the database does not answer.
    /// </summary>
    public async Task ExpireNowAsync(int id)
    {
        if (!await changes.AreHeardAsync())
            throw new RedisRefusedException(RedisFailure.Unreachable);
        await ExpireAsync(id);
    }

    private async Task<CachedProduct> ReadAsync(int id, ProductRead read, bool acrossInstances)
    {
        database.Prepare();
        using var limit = new CancellationTokenSource(options.Value.HardTimeout);
        try
        {
            return await ReadAsync(id, read, acrossInstances, limit.Token);
        }
        catch (OperationCanceledException e) when (limit.IsCancellationRequested)
        {
            throw new DatabaseAwayException(e);
        }
    }

    // All attempts have one limit, so that the answer that it is away comes in time.
    private async Task<CachedProduct> ReadAsync(int id, ProductRead read, bool acrossInstances, CancellationToken stop)
    {
        if (!await changes.AreHeardAsync())
            return await LoadAsync(id, read).WaitAsync(stop);

        var now = conditions.Current;
        var entryOptions = EntryOptions(now);
        entryOptions.SkipDistributedLocker = !acrossInstances;
        // An entry can be older than a change while that spreads. First the copy in memory is dropped, then Redis is
        // not asked either.
        for (var attempt = 1; attempt <= 3; attempt++)
        {
            entryOptions.SkipDistributedCacheRead = attempt == 3;
            var entry = await cache.GetOrSetAsync<CachedProduct>(
                KeyOf(id),
                async (context, _) =>
                {
                    var loaded = await LoadAsync(id, read);
                    Apply(now, loaded, context.Options);
                    return loaded;
                },
                options: entryOptions,
                token: stop);
            // Null where another client wrote it.
            if (entry is not null && changes.Allow(id, entry))
            {
                read.IsCached = true;
                return entry;
            }

            await cache.ExpireAsync(KeyOf(id), MemoryOnly());
            read.Repeat();
        }

        return await LoadAsync(id, read).WaitAsync(stop);
    }

    private async Task<CachedProduct> LoadAsync(int id, ProductRead read)
    {
        var started = Stopwatch.GetTimestamp();
        var readAt = clock.GetUtcNow();
        try
        {
            return read.Loaded = NewEntry(await database.FindAsync(id), readAt);
        }
        finally
        {
            read.DatabaseMs = (read.DatabaseMs ?? 0) + Stopwatch.GetElapsedTime(started).TotalMilliseconds;
        }
    }

    private CachedProduct NewEntry(Product? product, DateTimeOffset? readAt = null)
    {
        var now = clock.GetUtcNow();
        var lifetime = product is null
            ? options.Value.AbsentTtl
            : options.Value.Ttl + (options.Value.Jitter * Random.Shared.NextDouble());
        return new CachedProduct(product, readAt ?? now, now.AddSeconds(lifetime));
    }

    private FusionCacheEntryOptions EntryOptions(ProductConditions.Conditions now, CachedProduct? entry = null)
    {
        var entryOptions = cache.DefaultEntryOptions.Duplicate();
        entryOptions.IsFailSafeEnabled = now.FailSafe;
        // A connection that must not be used is one to another database, or of another user.
        if (verification.Problem is not null)
        {
            entryOptions.SkipDistributedCacheRead = entryOptions.SkipDistributedCacheWrite = true;
            entryOptions.SkipBackplaneNotifications = entryOptions.SkipDistributedLocker = true;
        }

        if (entry is not null)
            Apply(now, entry, entryOptions);
        return entryOptions;
    }

    // The jitter is in the lifetime in Redis; the one of FusionCache would be in that in memory only.
    private void Apply(ProductConditions.Conditions now, CachedProduct entry, FusionCacheEntryOptions entryOptions)
    {
        entryOptions.Duration = entry.ExpiresAt - clock.GetUtcNow();
        var memory = TimeSpan.FromSeconds(options.Value.MemoryTtl);
        entryOptions.MemoryCacheDuration = memory < entryOptions.Duration ? memory : entryOptions.Duration;
        // That there is no such product is not worth serving when it may have changed.
        entryOptions.IsFailSafeEnabled = now.FailSafe && entry.Product is not null;
    }

    private FusionCacheEntryOptions MemoryOnly()
    {
        var entryOptions = EntryOptions(conditions.Current);
        entryOptions.SkipDistributedCacheWrite = entryOptions.SkipBackplaneNotifications = true;
        return entryOptions;
    }

    // Whoever reads it next asks the database. Where that does not answer, fail-safe serves the entry, marked as stale.
    private async Task ExpireAsync(int id)
    {
        var entryOptions = EntryOptions(conditions.Current);
        entryOptions.AllowStaleOnReadOnly = true;
        entryOptions.AllowBackgroundDistributedCacheOperations =
            entryOptions.AllowBackgroundBackplaneOperations = false;
        var cached = await cache.TryGetAsync<CachedProduct>(KeyOf(id), entryOptions);
        if (cached.GetValueOrDefault() is not { Product: not null } entry)
        {
            await cache.ExpireAsync(KeyOf(id), entryOptions);
            return;
        }

        // One millisecond: FusionCache does not store an entry that has none.
        entryOptions.Duration = TimeSpan.FromMilliseconds(1);
        entryOptions.MemoryCacheDuration = null;
        entryOptions.SkipBackplaneNotifications = true;
        await cache.SetAsync(KeyOf(id), entry with { ExpiresAt = clock.GetUtcNow() - (2 * Tolerance) }, entryOptions);

        // The copies of other instances do not say that they have expired: they are removed, and read from Redis.
        var others = EntryOptions(conditions.Current);
        others.SkipMemoryCacheWrite = others.SkipDistributedCacheWrite = true;
        others.AllowBackgroundBackplaneOperations = false;
        await cache.RemoveAsync(KeyOf(id), others);
    }

    // What FusionCache adds to it is not counted.
    private static int SizeOf(CachedProduct entry) =>
        JsonSerializer.SerializeToUtf8Bytes(entry, CachedProductJson.Default.CachedProduct).Length;

    private Activity? Start(string name, int id)
    {
        var span = tracing.Start(name, $"{levels.Name}:{id}");
        return span is { IsAllDataRequested: true } ? span.SetTag(Attributes.CacheName, levels.Name) : span;
    }

    private ProductAnswer Answer(
        CachedProduct entry, ProductRead read, Activity? span, long started, DateTimeOffset startedAt)
    {
        var level = read.LevelOf(entry);
        levels.Count(level);
        if (span is { IsAllDataRequested: true })
        {
            span.SetTag(Attributes.Level, CacheLevels.TextOf(level))
                .SetTag(Attributes.Hit, level is not CacheLevel.Database);
        }

        return new ProductAnswer(
            entry, level, IsStale: entry.ExpiresAt < startedAt - Tolerance,
            new ProductTimes(
                Stopwatch.GetElapsedTime(started).TotalMilliseconds, read.RedisMs, read.DatabaseMs),
            read.IsCached);
    }
}

/// <summary>A product that was read.</summary>
/// <param name="Entry">The entry; its product is null where there is none.</param>
/// <param name="Level">Where it comes from.</param>
/// <param name="IsStale">Whether it had expired.</param>
/// <param name="Ms">How long that took.</param>
/// <param name="IsCached">Whether it is in the cache now.</param>
internal sealed record ProductAnswer(
    CachedProduct Entry, CacheLevel Level, bool IsStale, ProductTimes Ms, bool IsCached)
{
    /// <summary>Where it comes from, in answers.</summary>
    public string Source => Level is CacheLevel.Redis ? "cache" : CacheLevels.TextOf(Level);
}

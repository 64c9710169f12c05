using System.Collections.Concurrent;
using CacheDemo.Redis;

namespace CacheDemo.Api.Products;

/// <summary>
/// Knows which entries are older than a change. The backplane of FusionCache drops the copies that an instance has when
/// it hears of a change; it does not drop one that is on its way, from Redis or the database, at that moment.
/// </summary>
internal sealed class ProductChanges
{
    private const string Changed = "changed";

    /// <summary>How long a change waits for instances to hear of it; one that was killed is not waited for.</summary>
    private static readonly TimeSpan Timeout = TimeSpan.FromMilliseconds(500);

    private readonly InstanceMessages _messages;
    private readonly RedisConnectionState _redis;
    private readonly ProductConditions _conditions;
    private readonly ConcurrentDictionary<int, long> _versions = new();

    public ProductChanges(InstanceMessages messages, RedisConnectionState redis, ProductConditions conditions)
    {
        (_messages, _redis, _conditions) = (messages, redis, conditions);
        messages.Received += message =>
        {
            if (message.Type == Changed && message.As<Change>() is { Id: > 0 and <= Product.MaxId } change)
                Note(change.Id, change.Version);
        };
        var wasDown = false;
        conditions.Changed += () =>
        {
            // Changes that were made meanwhile were not announced.
            if (wasDown != conditions.Current.RedisDown)
                messages.Lose();
            wasDown = conditions.Current.RedisDown;
        };
    }

    private sealed record Change(int Id, long Version);

    /// <summary>
    /// Whether this instance hears of changes. Where it does not, as without Redis, no copy can be trusted.
    /// </summary>
    public ValueTask<bool> AreHeardAsync() =>
        _redis.Current.Connected && !_conditions.Current.RedisDown ? _messages.ListenAsync() : new(false);

    /// <summary>
    /// Whether an entry may be served: it is from after the last change that this instance heard of, and from after it
    /// last missed some.
    /// </summary>
    public bool Allow(int id, CachedProduct entry) =>
        entry.ReadAt > _messages.Since
        && (!_versions.TryGetValue(id, out var lowest) || entry.Product?.Version >= lowest);

    /// <summary>Tells all instances of a change, and waits until they know.</summary>
    public async Task AnnounceAsync(Product product)
    {
        Note(product.Id, product.Version);
        try
        {
            if (_conditions.Current is { Backplane: true, RedisDown: false })
                await _messages.PublishAndWaitAsync(Changed, new Change(product.Id, product.Version), Timeout);
        }
        catch (Exception e) when (RedisFailure.IsRedisFault(e))
        {
            // An instance serves no copies once it knows that it does not hear of changes. While Redis hangs, it learns
            // that when its own commands fail; until then it may serve the old copy, at most until that ends in memory.
        }
    }

    // At most one for each of the product numbers that there are.
    private void Note(int id, long version) =>
        _versions.AddOrUpdate(id, version, (_, known) => Math.Max(known, version));
}

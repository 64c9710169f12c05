using System.Collections.Concurrent;
using CacheDemo.Api.Diagnostics;
using CacheDemo.Api.Expiration;
using CacheDemo.Redis;
using ZiggyCreatures.Caching.Fusion;

namespace CacheDemo.Api.Products;

/// <summary>Finds the copies of a product: asks every instance, Redis and the database.</summary>
internal sealed class ProductCopies
{
    private const string Ask = "copies", Reply = "copy";

    /// <summary>How long it waits for the other instances.</summary>
    private static readonly TimeSpan Timeout = TimeSpan.FromMilliseconds(500);

    private readonly IFusionCache _cache;
    private readonly ProductDatabase _database;
    private readonly ProductChanges _changes;
    private readonly InstanceMessages _messages;
    private readonly InstanceHeartbeat _instances;
    private readonly CacheInstance _instance;
    private readonly TimeProvider _clock;
    private readonly ConcurrentDictionary<string, Collected> _collecting = new();

    public ProductCopies(
        [FromKeyedServices(ProductsOptions.Section)] IFusionCache cache, ProductDatabase database,
        ProductChanges changes, InstanceMessages messages, InstanceHeartbeat instances, CacheInstance instance,
        TimeProvider clock)
    {
        (_cache, _database, _changes, _messages, _instances, _instance, _clock) =
            (cache, database, changes, messages, instances, instance, clock);
        messages.Received += message => _ = AnswerAsync(message);
    }

    private sealed record Question(string Request, int Id);

    private sealed record Answer(string Request, ProductCopy? Copy);

    private sealed record Collected(
        ConcurrentDictionary<string, ProductCopy?> Copies, HashSet<string> Expected, TaskCompletionSource Complete)
    {
        public void Check()
        {
            if (Expected.All(Copies.ContainsKey))
                Complete.TrySetResult();
        }
    }

    /// <summary>Finds the copies of a product in memory, in Redis and in the database.</summary>
    public async Task<CopiesResponse> FindAsync(int id)
    {
        var away = new List<string>();
        var heard = await _changes.AreHeardAsync();
        var database = FindInDatabaseAsync(id, away);
        var redis = heard ? FindInRedisAsync(id) : Task.FromResult<CachedProduct?>(null);
        var instances = await AskAsync(id, heard, away);
        return new CopiesResponse(
            id,
            [
                .. instances.OrderBy(copy => copy.Key, StringComparer.Ordinal)
                    .Select(copy => new InstanceCopy(copy.Key, copy.Value)),
            ],
            Copy(await redis), await database, away);
    }

    private async Task<IReadOnlyDictionary<string, ProductCopy?>> AskAsync(int id, bool heard, List<string> away)
    {
        var collected = new Collected(
            new() { [_instance.Id] = heard ? await InMemoryAsync(id) : null }, [],
            new(TaskCreationOptions.RunContinuationsAsynchronously));
        var request = $"{Guid.NewGuid():n}";
        try
        {
            if (heard)
            {
                collected.Expected.UnionWith(await _instances.AliveAsync());
                _collecting[request] = collected;
                await _messages.PublishAsync(Ask, new Question(request, id));
                collected.Check();
                // An instance that was killed counts as up for some seconds.
                await Task.WhenAny(collected.Complete.Task, Task.Delay(Timeout));
            }
            else
            {
                AddAway();
            }
        }
        catch (Exception e) when (RedisFailure.IsRedisFault(e))
        {
            AddAway();
        }
        finally
        {
            _collecting.TryRemove(request, out _);
        }

        return collected.Copies;

        void AddAway()
        {
            lock (away)
                away.Add("redis");
        }
    }

    private async Task AnswerAsync(InstanceMessage message)
    {
        try
        {
            if (message.Type == Ask && message.From != _instance.Id && message.As<Question>() is { } question)
            {
                await _messages.PublishAsync(
                    Reply, new Answer(question.Request, await InMemoryAsync(question.Id)));
            }
            else if (message.Type == Reply && message.As<Answer>() is { } answer
                && _collecting.TryGetValue(answer.Request, out var collected))
            {
                collected.Copies[message.From] = answer.Copy;
                collected.Check();
            }
        }
        catch (Exception e) when (RedisFailure.IsRedisFault(e))
        {
        }
    }

    // In memory an entry expires earlier than in Redis; it is kept for reads while the database does not answer.
    private async Task<ProductCopy?> InMemoryAsync(int id)
    {
        var options = _cache.DefaultEntryOptions.Duplicate();
        options.SkipDistributedCacheRead = true;
        var found = await _cache.TryGetAsync<CachedProduct>(ProductService.KeyOf(id), options);
        if (!found.HasValue)
        {
            options.AllowStaleOnReadOnly = true;
            var expired = await _cache.TryGetAsync<CachedProduct>(ProductService.KeyOf(id), options);
            return Allowed(expired) is { } old ? Copy(old)! with { Stale = true } : null;
        }

        return Copy(Allowed(found));

        CachedProduct? Allowed(MaybeValue<CachedProduct> entry) =>
            entry.HasValue && _changes.Allow(id, entry.Value) ? entry.Value : null;
    }

    private async Task<CachedProduct?> FindInRedisAsync(int id)
    {
        var options = _cache.DefaultEntryOptions.Duplicate();
        options.SkipMemoryCacheRead = options.SkipMemoryCacheWrite = options.AllowStaleOnReadOnly = true;
        return (await _cache.TryGetAsync<CachedProduct>(ProductService.KeyOf(id), options)).GetValueOrDefault();
    }

    private async Task<Product?> FindInDatabaseAsync(int id, List<string> away)
    {
        try
        {
            return await _database.FindAsync(id);
        }
        catch (DatabaseAwayException)
        {
            lock (away)
                away.Add("database");
            return null;
        }
    }

    private ProductCopy? Copy(CachedProduct? entry)
    {
        var now = _clock.GetUtcNow();
        return entry is null
            ? null
            : new ProductCopy(
                entry.Product, entry.ExpiresAt < now, Math.Max(0, (now - entry.ReadAt).TotalSeconds),
                Math.Max(0, (entry.ExpiresAt - now).TotalSeconds));
    }
}

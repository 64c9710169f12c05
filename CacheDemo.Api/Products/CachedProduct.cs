using System.Text.Json.Serialization;
using ZiggyCreatures.Caching.Fusion.Internals.Distributed;

namespace CacheDemo.Api.Products;

/// <summary>An entry of the cache.</summary>
/// <param name="Product">The product; null where the database has none with that number.</param>
/// <param name="ReadAt">When it was read from the database.</param>
/// <param name="ExpiresAt">When it expires in Redis.</param>
internal sealed record CachedProduct(Product? Product, DateTimeOffset ReadAt, DateTimeOffset ExpiresAt);

/// <summary>Generated serializers of what is in Redis.</summary>
[JsonSerializable(typeof(FusionCacheDistributedEntry<CachedProduct>))]
[JsonSerializable(typeof(CachedProduct))]
internal sealed partial class CachedProductJson : JsonSerializerContext;

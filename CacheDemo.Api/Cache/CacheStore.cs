using System.Text;
using CacheDemo.Api.Diagnostics;
using CacheDemo.Api.Http;
using CacheDemo.Api.Redis;
using StackExchange.Redis;

namespace CacheDemo.Api.Cache;

/// <summary>Reads of the cache, each one command of Redis; what begins or ends a life is in <see cref="Expiry.LifeBook"/>.</summary>
internal sealed class CacheStore(IConnectionMultiplexer redis, CacheKeys keys, CacheMetrics metrics, RedisReads reads)
{
    private readonly IDatabase _database = redis.GetDatabase();

    /// <summary>GET key; null where there is no such key.</summary>
    /// <exception cref="BadInputException">The value is not UTF-8, so that JSON cannot hold it: 409.</exception>
    public async Task<string?> GetAsync(string key)
    {
        var value = await metrics.TimeAsync("GET", _database.StringGetAsync(keys.Item(key), reads.Flags));
        if (value.IsNull)
            return null;

        try
        {
            return CacheKeys.StrictUtf8.GetString(((ReadOnlyMemory<byte>)value).Span);
        }
        catch (DecoderFallbackException)
        {
            throw new BadInputException("key", "The key holds bytes that are not UTF-8 text.", StatusCodes.Status409Conflict);
        }
    }

    /// <summary>PTTL key, in seconds. Found is false where there is no such key; Left is null where it does not expire.</summary>
    public async Task<(bool Found, double? Left)> TimeToLiveAsync(string key)
    {
        // KeyTimeToLiveAsync answers null for both, and a TimeSpan does not hold all that Redis does.
        var milliseconds = (long)await metrics.TimeAsync("PTTL", _database.ExecuteAsync("PTTL", keys.Item(key)));
        return milliseconds switch
        {
            -2 => (false, null),
            -1 => (true, null),
            _ => (true, milliseconds / 1000.0),
        };
    }
}

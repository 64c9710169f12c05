using Microsoft.Extensions.Options;
using StackExchange.Redis;

namespace CacheDemo.Api.Cache;

/// <summary>The cache's operations, each one command of Redis on the key under its prefix.</summary>
internal sealed class CacheStore(IConnectionMultiplexer redis, IOptions<CacheOptions> options)
{
    private readonly IDatabase _database = redis.GetDatabase();
    private readonly RedisKey _prefix = options.Value.Prefix;

    /// <summary>SET key value EX ttl.</summary>
    public Task SetAsync(string key, string value, TimeSpan ttl) => _database.StringSetAsync(InRedis(key), value, ttl);

    /// <summary>GET key; null where there is no such key.</summary>
    public async Task<string?> GetAsync(string key) => await _database.StringGetAsync(InRedis(key));

    /// <summary>PTTL key. Found is false where there is no such key; Left is null where it does not expire.</summary>
    public async Task<(bool Found, TimeSpan? Left)> TimeToLiveAsync(string key)
    {
        // KeyTimeToLiveAsync answers null for both.
        var milliseconds = (long)await _database.ExecuteAsync("PTTL", InRedis(key));
        return milliseconds switch
        {
            -2 => (false, null),
            -1 => (true, null),
            _ => (true, TimeSpan.FromMilliseconds(milliseconds)),
        };
    }

    /// <summary>EXPIRE key ttl; false where there is no such key.</summary>
    public Task<bool> ExpireAsync(string key, TimeSpan ttl) => _database.KeyExpireAsync(InRedis(key), ttl);

    /// <summary>DEL key; false where there is no such key.</summary>
    public Task<bool> DeleteAsync(string key) => _database.KeyDeleteAsync(InRedis(key));

    private RedisKey InRedis(string key) => _prefix.Append(key);
}

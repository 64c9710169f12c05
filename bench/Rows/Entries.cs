using CacheDemo.Bench.Processes;
using StackExchange.Redis;

namespace CacheDemo.Bench.Rows;

/// <summary>What is in Redis before a load: the same value for each contender.</summary>
internal static class Entries
{
    /// <summary>The prefix of the API's keys.</summary>
    public const string Prefix = "cachedemo:";

    /// <summary>A key that exists, in a request.</summary>
    public const string Key = "bench";

    /// <summary>Its value.</summary>
    public const string Value = "12345";

    /// <summary>Writes the key, without an expiration, as the API and as the others name it.</summary>
    public static async Task WriteAsync(Server redis, string key = Key, string value = Value)
    {
        await using var client = await ConnectionMultiplexer.ConnectAsync(redis.Endpoint);
        await client.GetDatabase().StringSetAsync(key, value);
        await client.GetDatabase().StringSetAsync(Prefix + key, value);
    }
}

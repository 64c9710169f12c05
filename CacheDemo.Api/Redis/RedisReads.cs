using StackExchange.Redis;

namespace CacheDemo.Api.Redis;

/// <summary>Where gets are read.</summary>
/// <param name="Flags">What StackExchange.Redis calls it.</param>
internal sealed record RedisReads(CommandFlags Flags)
{
    /// <summary>From <c>Redis:ReadFrom</c>. A replica is preferred, never demanded: without one the primary answers.</summary>
    /// <exception cref="FormatException">It is neither <c>primary</c> nor <c>replica</c>.</exception>
    public static RedisReads From(string text) => text.ToLowerInvariant() switch
    {
        "primary" => new(CommandFlags.None),
        "replica" => new(CommandFlags.PreferReplica),
        _ => throw new FormatException($"Redis:ReadFrom={text} is not known: use primary or replica."),
    };
}

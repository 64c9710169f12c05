using StackExchange.Redis;

namespace CacheDemo.Redis;

/// <summary>Extensions of <see cref="ISubscriber"/>.</summary>
public static class SubscriberExtensions
{
    /// <summary>Subscribes a handler so that it receives each message once, however often this is repeated.</summary>
    /// <param name="subscriber">The subscriber.</param>
    /// <param name="channel">The channel.</param>
    /// <param name="handler">The handler.</param>
    /// <exception cref="RedisException">Redis does not answer, or refuses.</exception>
    public static async Task SubscribeOnceAsync(
        this ISubscriber subscriber, RedisChannel channel, Action<RedisChannel, RedisValue> handler)
    {
        // A failed attempt may have left the handler registered, which would then receive everything twice.
        ArgumentNullException.ThrowIfNull(subscriber);
        await subscriber.UnsubscribeAsync(channel, handler, CommandFlags.FireAndForget);
        await subscriber.SubscribeAsync(channel, handler);
    }
}

using StackExchange.Redis;

namespace CacheDemo.Api.Redis;

internal static class SubscriberExtensions
{
    /// <summary>Subscribes; once, however often it is tried while Redis comes and goes.</summary>
    public static async Task SubscribeOnceAsync(this ISubscriber subscriber, RedisChannel channel, Action<RedisChannel, RedisValue> handler)
    {
        // A try that failed may have left the handler behind, and two would hear everything twice.
        await subscriber.UnsubscribeAsync(channel, handler, CommandFlags.FireAndForget);
        await subscriber.SubscribeAsync(channel, handler);
    }
}

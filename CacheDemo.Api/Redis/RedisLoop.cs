using StackExchange.Redis;

namespace CacheDemo.Api.Redis;

/// <summary>Work in the background that goes on when Redis is back, and that no trace shows.</summary>
internal static class RedisLoop
{
    /// <summary>Does the work at every interval until <paramref name="stopping"/>; while Redis is away it is tried again at the next.</summary>
    /// <param name="interval">From one beginning to the next; a tick that comes while the work goes on is left out.</param>
    /// <param name="work">What to do.</param>
    /// <param name="stopping">Ends it, without an exception.</param>
    /// <param name="failed">Told once each time Redis goes away, or refuses, with what was wrong.</param>
    public static async Task EveryAsync(TimeSpan interval, Func<Task> work, CancellationToken stopping, Action<Exception>? failed = null)
    {
        using var timer = new PeriodicTimer(interval);
        var failing = false;
        try
        {
            while (await timer.WaitForNextTickAsync(stopping))
            {
                try
                {
                    await work();
                    failing = false;
                }
                catch (Exception e) when (IsAway(e))
                {
                    if (!failing)
                        failed?.Invoke(e);
                    failing = true;
                }
            }
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
        }
    }

    /// <summary>Subscribes; once, however often it is tried while Redis comes and goes. The subscription stays through reconnects.</summary>
    public static async Task SubscribeOnceAsync(this ISubscriber subscriber, RedisChannel channel, Action<RedisChannel, RedisValue> handler)
    {
        // A try that failed may have left the handler behind, and two would hear everything twice.
        await subscriber.UnsubscribeAsync(channel, handler, CommandFlags.FireAndForget);
        await subscriber.SubscribeAsync(channel, handler);
    }

    /// <summary>Whether the exception says that Redis does not answer, or not as it should.</summary>
    public static bool IsAway(Exception e) => e is RedisException or TimeoutException;
}

using System.Collections.Concurrent;
using System.Diagnostics;
using StackExchange.Redis;

namespace CacheDemo.Api.Redis;

/// <summary>
/// What holds for every request that asks Redis: it is answered in time, however many commands it takes, and when Redis
/// refuses them the log says so once until they work again.
/// </summary>
internal sealed partial class RedisRequests(
    IConnectionMultiplexer redis, RedisVerification verification, ILogger<RedisRequests> logger)
{
    /// <summary>A route that was refused counts as served again when it was not refused for so long: Redis may be out of memory for every other set.</summary>
    private static readonly TimeSpan Settled = TimeSpan.FromSeconds(2);

    private static readonly string? Client = typeof(IConnectionMultiplexer).Assembly.GetName().Name;

    /// <summary>A command has its own limit; several, one after another, have this half more.</summary>
    private readonly TimeSpan _limit = TimeSpan.FromMilliseconds(redis.TimeoutMilliseconds * 1.5);

    /// <summary>The routes that Redis refuses, with when it last did.</summary>
    private readonly ConcurrentDictionary<string, long> _refused = new();

    public async ValueTask<object?> InvokeAsync(EndpointFilterInvocationContext context, EndpointFilterDelegate next)
    {
        try
        {
            verification.ThrowIfRefused();
            // No command of StackExchange.Redis can be called off: what is late goes on, and is not waited for.
            var result = next(context);
            var answer = result.IsCompleted ? await result : await result.AsTask().WaitAsync(_limit);
            if (!_refused.IsEmpty)
                Served(Route(context));
            return answer;
        }
        catch (Exception e) when (RedisFailure.IsRefusal(e is WriteInDoubtException ? e.InnerException : e))
        {
            Refused(Route(context), e);
            throw;
        }
        // What the client does not do at all, as on a server of another kind, it says with exceptions of .NET's.
        catch (Exception e) when (e is NotSupportedException or ArgumentException && e.Source == Client)
        {
            throw new RedisRefusedException(RedisFailure.NotSent, e);
        }
    }

    private static string Route(EndpointFilterInvocationContext context) =>
        $"{context.HttpContext.Request.Method} {((RouteEndpoint)context.HttpContext.GetEndpoint()!).RoutePattern.RawText}";

    private void Refused(string route, Exception refusal)
    {
        var (reason, detail) = RedisFailure.Classify(refusal);
        if (reason == RedisFailure.WrongType)
            return;
        if (_refused.TryAdd(route, Stopwatch.GetTimestamp()))
            LogRefused(route, detail);
        else
            _refused[route] = Stopwatch.GetTimestamp();
    }

    private void Served(string route)
    {
        if (_refused.TryGetValue(route, out var last) && Stopwatch.GetElapsedTime(last) > Settled && _refused.TryRemove(route, out _))
            LogServed(route);
    }

    [LoggerMessage(LogLevel.Warning, "{Route} fails: {Reason} It answers 503 until that changes")]
    private partial void LogRefused(string route, string reason);

    [LoggerMessage(LogLevel.Information, "{Route} works again")]
    private partial void LogServed(string route);
}

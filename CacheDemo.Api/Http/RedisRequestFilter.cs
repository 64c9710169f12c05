using System.Collections.Concurrent;
using System.Diagnostics;
using CacheDemo.Redis;
using StackExchange.Redis;

namespace CacheDemo.Api.Http;

/// <summary>
/// Guards every request that needs Redis: it is answered in time, however many commands it takes, and rejected commands
/// are logged once until they work again.
/// </summary>
internal sealed partial class RedisRequestFilter(
    IConnectionMultiplexer redis, ConnectionVerification verification, ILogger<RedisRequestFilter> logger)
{
    /// <summary>
    /// A route works again when it was not rejected for so long: Redis may be out of memory for every other set.
    /// </summary>
    private static readonly TimeSpan RecoveryTime = TimeSpan.FromSeconds(2);

    private static readonly string? Client = typeof(IConnectionMultiplexer).Assembly.GetName().Name;

    /// <summary>A command has its own timeout; several in sequence have half as much again.</summary>
    private readonly TimeSpan _timeout = TimeSpan.FromMilliseconds(redis.TimeoutMilliseconds * 1.5);

    /// <summary>The rejected routes, with the time of the last rejection.</summary>
    private readonly ConcurrentDictionary<string, long> _rejected = new();

    /// <summary>Runs the endpoint.</summary>
    /// <exception cref="RedisRefusedException">
    /// Redis must not be used, or its client does not support the command.
    /// </exception>
    /// <exception cref="TimeoutException">The commands together took too long.</exception>
    public async ValueTask<object?> InvokeAsync(EndpointFilterInvocationContext context, EndpointFilterDelegate next)
    {
        try
        {
            verification.ThrowIfRefused();
            // Commands of StackExchange.Redis cannot be canceled: a late one continues, and is not awaited.
            var result = next(context);
            var answer = result.IsCompleted ? await result : await result.AsTask().WaitAsync(_timeout);
            if (!_rejected.IsEmpty)
                OnServed(Route(context));
            return answer;
        }
        catch (Exception e) when (RedisFailure.IsRefusal(e is WriteInDoubtException ? e.InnerException : e))
        {
            OnRejected(Route(context), e);
            throw;
        }
        // The client throws exceptions of .NET where it does not support a command, as on a server of another type.
        catch (Exception e) when (e is NotSupportedException or ArgumentException && e.Source == Client)
        {
            throw new RedisRefusedException(RedisFailure.NotSent, e);
        }
    }

    private static string Route(EndpointFilterInvocationContext context) =>
        $"{context.HttpContext.Request.Method} "
        + ((RouteEndpoint)context.HttpContext.GetEndpoint()!).RoutePattern.RawText;

    private void OnRejected(string route, Exception rejection)
    {
        var (reason, detail) = RedisFailure.Classify(rejection);
        if (reason == RedisFailure.WrongType)
            return;
        if (_rejected.TryAdd(route, Stopwatch.GetTimestamp()))
            LogRefused(route, detail);
        else
            _rejected[route] = Stopwatch.GetTimestamp();
    }

    private void OnServed(string route)
    {
        if (
            _rejected.TryGetValue(route, out var last)
            && Stopwatch.GetElapsedTime(last) > RecoveryTime
            && _rejected.TryRemove(route, out _))
            LogServed(route);
    }

    [LoggerMessage(LogLevel.Warning, "{Route} fails: {Reason} It answers 503 until that changes")]
    private partial void LogRefused(string route, string reason);

    [LoggerMessage(LogLevel.Information, "{Route} works again")]
    private partial void LogServed(string route);
}

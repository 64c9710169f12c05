using System.Collections.Concurrent;
using System.Diagnostics;

namespace CacheDemo.Api.Redis;

/// <summary>Work in the background. Whatever it meets, it goes on at the next interval; no trace shows it.</summary>
internal sealed partial class RedisLoop(RedisVerification verification, ILogger<RedisLoop> logger)
{
    /// <summary>How often the same trouble is said: of several parts of one work, each meets it.</summary>
    private static readonly TimeSpan SayInterval = TimeSpan.FromSeconds(10);

    private readonly ConcurrentDictionary<string, long> _said = new();

    /// <summary>Does the work at every interval until <paramref name="stopping"/>.</summary>
    /// <param name="what">What the work is, for the log: <c>listening for …</c>.</param>
    /// <param name="interval">From one start to the next; a tick during the work is left out.</param>
    /// <param name="work">What to do.</param>
    /// <param name="stopping">Ends it, without an exception.</param>
    /// <param name="unverified">Whether it is done also before <see cref="RedisVerification"/> has succeeded.</param>
    public async Task EveryAsync(
        string what, TimeSpan interval, Func<Task> work, CancellationToken stopping, bool unverified = false)
    {
        using var timer = new PeriodicTimer(interval);
        try
        {
            while (await timer.WaitForNextTickAsync(stopping))
            {
                if (unverified || verification.Problem is null)
                    await TryAsync(what, work, stopping);
            }
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
        }
    }

    /// <summary>
    /// Does the work once, and says in the log what it met. That Redis does not answer is said elsewhere, once for all.
    /// </summary>
    /// <returns>Whether the work was done.</returns>
    public async Task<bool> TryAsync(string what, Func<Task> work, CancellationToken stopping = default)
    {
        try
        {
            await work();
            return true;
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            throw;
        }
        catch (Exception e) when (RedisFailure.IsRefusal(e))
        {
            if (IsNews(what))
                LogRefused(what, RedisFailure.Classify(e).Detail);
        }
        catch (Exception e) when (RedisFailure.IsAway(e))
        {
        }
        // Nothing that Redis, or a client of it, can say ends a loop or the process.
        catch (Exception e)
        {
            if (IsNews(what))
                LogFailed(e, what);
        }

        return false;
    }

    private bool IsNews(string what)
    {
        if (_said.TryGetValue(what, out var said) && Stopwatch.GetElapsedTime(said) < SayInterval)
            return false;
        _said[what] = Stopwatch.GetTimestamp();
        return true;
    }

    [LoggerMessage(LogLevel.Warning, "The work in the background fails ({What}): {Reason} It goes on when that changes")]
    private partial void LogRefused(string what, string reason);

    [LoggerMessage(LogLevel.Error, "The work in the background met something unexpected ({What}). It goes on")]
    private partial void LogFailed(Exception exception, string what);
}

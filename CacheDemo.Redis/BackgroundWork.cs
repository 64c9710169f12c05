using System.Collections.Concurrent;
using System.Diagnostics;
using Microsoft.Extensions.Logging;

namespace CacheDemo.Redis;

/// <summary>
/// Runs periodic background work. No exception ends a loop or the process: the next interval tries again.
/// </summary>
public sealed partial class BackgroundWork(ConnectionVerification verification, ILogger<BackgroundWork> logger)
{
    /// <summary>How often the same failure is logged at most.</summary>
    private static readonly TimeSpan LogInterval = TimeSpan.FromSeconds(10);

    private static readonly TimeSpan LongWait = TimeSpan.FromSeconds(1), CommonTick = LongWait / 2;

    private readonly ConcurrentDictionary<string, long> _loggedAt = new();

    /// <summary>
    /// Runs the work at every interval until <paramref name="stopping"/> is canceled; then it returns normally.
    /// </summary>
    /// <param name="what">What the work does, for the log: <c>counting keys</c>.</param>
    /// <param name="interval">
    /// The time from one start to the next, and at most until the first. Where the work takes longer, it runs again at
    /// once, one time.
    /// </param>
    /// <param name="work">The work.</param>
    /// <param name="stopping">Ends the loop.</param>
    /// <param name="unverified">Whether it also runs before <see cref="ConnectionVerification"/> has succeeded.</param>
    public async Task EveryAsync(
        string what, TimeSpan interval, Func<Task> work, CancellationToken stopping, bool unverified = false)
    {
        using var timer = new PeriodicTimer(Aligned(interval, interval));
        try
        {
            while (await timer.WaitForNextTickAsync(stopping))
            {
                if (timer.Period != interval)
                    timer.Period = interval;
                if (unverified || verification.Problem is null)
                    await TryAsync(what, work, stopping);
            }
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
        }
    }

    /// <summary>
    /// Runs the work once <see cref="ConnectionVerification"/> has succeeded, and again and again until
    /// <paramref name="stopping"/> is canceled; then it returns normally.
    /// </summary>
    /// <param name="what">What the work does, for the log.</param>
    /// <param name="work">
    /// The work; it returns how long to wait until it runs again. A wait of a second or more may end up to half a
    /// second early, so that the loops of a process wake it together.
    /// </param>
    /// <param name="retry">How long to wait after a failure, or while the connection is not verified.</param>
    /// <param name="stopping">Ends the loop.</param>
    /// <param name="wake">Ends any other wait early when it is released; null where nothing does.</param>
    public async Task RepeatAsync(
        string what, Func<Task<TimeSpan>> work, TimeSpan retry, CancellationToken stopping, SemaphoreSlim? wake = null)
    {
        try
        {
            while (true)
            {
                var wait = TimeSpan.Zero;
                var succeeded = verification.Problem is null
                    && await TryAsync(what, async () => wait = await work(), stopping);
                if (!succeeded)
                    wait = retry;
                if (wait >= LongWait)
                    wait = Aligned(wait, CommonTick);
                if (succeeded && wake is not null)
                    await wake.WaitAsync(wait, stopping);
                else
                    await Task.Delay(wait, stopping);
            }
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
        }
    }

    /// <summary>
    /// Runs the work once and logs why it failed. That Redis does not answer is not logged here: the connection's
    /// monitor does that, once.
    /// </summary>
    /// <param name="what">What the work does, for the log.</param>
    /// <param name="work">The work.</param>
    /// <param name="stopping">Cancels the work; then the exception passes.</param>
    /// <returns>Whether the work succeeded.</returns>
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
            if (ShouldLog(what))
                LogRefused(what, RedisFailure.Classify(e).Detail);
        }
        catch (Exception e) when (RedisFailure.IsRedisFault(e))
        {
        }
        // Whatever Redis or another client of it sends must not end the loop.
        catch (Exception e)
        {
            if (ShouldLog(what))
                LogFailed(e, what);
        }

        return false;
    }

    // Ends at a multiple of the tick, and less than a tick early, so that the loops of a process wake it together.
    private static TimeSpan Aligned(TimeSpan wait, TimeSpan tick) =>
        wait - TimeSpan.FromMilliseconds((Environment.TickCount64 + wait.TotalMilliseconds) % tick.TotalMilliseconds);

    private bool ShouldLog(string what)
    {
        if (_loggedAt.TryGetValue(what, out var loggedAt) && Stopwatch.GetElapsedTime(loggedAt) < LogInterval)
            return false;
        _loggedAt[what] = Stopwatch.GetTimestamp();
        return true;
    }

    [LoggerMessage(
        LogLevel.Warning,
        "The work in the background fails ({What}): {Reason} It goes on when that changes")]
    private partial void LogRefused(string what, string reason);

    [LoggerMessage(LogLevel.Error, "The work in the background met something unexpected ({What}). It goes on")]
    private partial void LogFailed(Exception exception, string what);
}

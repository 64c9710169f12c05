using System.Collections.Concurrent;
using System.Diagnostics;
using StackExchange.Redis;
using StackExchange.Redis.Profiling;

namespace Aspire.StackExchange.Redis;

/// <summary>
/// Makes spans of the commands that StackExchange.Redis profiles. A command knows the span it was sent under from
/// its profiling session: there is one for each span, kept until the span has ended and its commands are recorded.
/// </summary>
internal sealed class RedisInstrumentation : IDisposable
{
    // Under load what waits to be recorded is recorded early, and beyond the most commands are sent but not recorded.
    private const int Many = 20_000, Most = 100_000;

    private static readonly TimeSpan FlushInterval = TimeSpan.FromSeconds(10);

    private readonly ConcurrentDictionary<ActivitySpanId, (Activity Span, ProfilingSession Session)> _sessions = new();
    private readonly ProfilingSession _withoutParent = new();
    private readonly SemaphoreSlim _flushNow = new(0);
    private readonly Task _flushing;
    private volatile bool _stopped;
    private int _waiting;

    public RedisInstrumentation()
    {
        // Made for the first request that needs Redis, it must not take that one's span for the parent of all.
        using (ExecutionContext.SuppressFlow())
            _flushing = Task.Run(FlushPeriodicallyAsync);
    }

    /// <summary>Begins to watch the commands of a connection.</summary>
    public void Watch(IConnectionMultiplexer connection) => connection.RegisterProfiler(SessionOfCurrentSpan);

    /// <summary>Records what is left. Both the tracer provider and the services dispose of it.</summary>
    public void Dispose()
    {
        _stopped = true;
        _flushNow.Release();
        _flushing.GetAwaiter().GetResult();
    }

    private ProfilingSession? SessionOfCurrentSpan()
    {
        if (_stopped || !RedisSpan.IsWanted)
            return null;

        if (Activity.Current is not { } parent)
            return HasRoom() ? _withoutParent : null;

        if (_sessions.TryGetValue(parent.SpanId, out var known))
            return known.Session;

        return HasRoom()
            ? _sessions.GetOrAdd(parent.SpanId, static (_, parent) => (parent, new ProfilingSession()), parent).Session
            : null;
    }

    private bool HasRoom()
    {
        var waiting = Interlocked.Increment(ref _waiting);
        if (waiting == Many)
            _flushNow.Release();

        return waiting <= Most;
    }

    private async Task FlushPeriodicallyAsync()
    {
        bool last;
        do
        {
            await _flushNow.WaitAsync(FlushInterval);
            last = _stopped;
            Flush();
        }
        while (!last);
    }

    private void Flush()
    {
        foreach (var command in _withoutParent.FinishProfiling())
            RedisSpan.Record(command, parent: default);

        foreach (var (spanId, (parent, session)) in _sessions)
        {
            var parentHasEnded = parent.Duration != TimeSpan.Zero;
            foreach (var command in session.FinishProfiling())
                RedisSpan.Record(command, parent.Context);

            if (parentHasEnded)
                _sessions.TryRemove(spanId, out _);
        }

        Volatile.Write(ref _waiting, _sessions.Count);
    }
}

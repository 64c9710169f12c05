using StackExchange.Redis;
using StackExchange.Redis.Availability;

// Circuit breakers of StackExchange.Redis are experimental. They watch each connection, so that one hung shard opens
// one circuit, and opening drops the connection. A circuit breaker around the commands would keep sending them into the
// same dead socket.
#pragma warning disable SER007

namespace CacheDemo.Redis;

/// <summary>
/// The circuit breaker of each connection: it opens after consecutive timeouts. Commands then fail at once while
/// StackExchange.Redis reconnects, every 250 ms; the first connection that Redis answers closes it.
/// </summary>
internal sealed class TimeoutCircuitBreaker : CircuitBreaker
{
    /// <summary>How many consecutive timeouts open it.</summary>
    private const int MaxTimeouts = 5;

    /// <inheritdoc />
    public override Accumulator CreateAccumulator() => new Connection();

    private sealed class Connection : Accumulator
    {
        private int _timeouts;

        // Errors are replies: reconnecting does not help a server that is out of memory or loading.
        protected override bool IsFailure(in FaultContext fault) => fault.ErrorKind is RedisErrorKind.Timeout;

        public override void ObserveResult(in FaultContext fault)
        {
            if (fault.IsFault)
                Interlocked.Increment(ref _timeouts);
            else if (Volatile.Read(ref _timeouts) != 0)
                Reset();
        }

        public override bool IsHealthy() => Volatile.Read(ref _timeouts) < MaxTimeouts;

        public override void Reset() => Volatile.Write(ref _timeouts, 0);
    }
}

using StackExchange.Redis;
using StackExchange.Redis.Availability;

// StackExchange.Redis calls its circuit breakers experimental. They are used all the same: they see each connection, so that one
// hung shard opens one circuit, and to open is to drop the connection, which is what a half-open one needs. One around the
// commands would go on sending them into the same dead socket.
#pragma warning disable SER007

namespace CacheDemo.Api.Redis;

/// <summary>
/// The circuit breaker of each connection: open once nothing but timeouts come of it. Commands then fail at once while
/// StackExchange.Redis connects anew, every quarter of a second; the first connection that Redis answers closes it.
/// </summary>
internal sealed class RedisBreaker : CircuitBreaker
{
    /// <summary>So many in a row open it. Background work alone has that many within a quarter of a second.</summary>
    private const int TooMany = 5;

    /// <inheritdoc />
    public override Accumulator CreateAccumulator() => new Connection();

    private sealed class Connection : Accumulator
    {
        private int _timeouts;

        // Errors are answers: a server that is out of memory, or loading, is not better for being connected anew.
        protected override bool IsFailure(in FaultContext fault) => fault.ErrorKind is RedisErrorKind.Timeout;

        public override void ObserveResult(in FaultContext fault)
        {
            if (fault.IsFault)
                Interlocked.Increment(ref _timeouts);
            else if (Volatile.Read(ref _timeouts) != 0)
                Reset();
        }

        public override bool IsHealthy() => Volatile.Read(ref _timeouts) < TooMany;

        public override void Reset() => Volatile.Write(ref _timeouts, 0);
    }
}

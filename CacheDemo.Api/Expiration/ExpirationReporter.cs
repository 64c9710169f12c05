using System.Diagnostics;
using CacheDemo.Api.Diagnostics;

namespace CacheDemo.Api.Expiration;

/// <summary>Reports an expiration: a trace of its own and a <see cref="CacheEvent"/>.</summary>
internal sealed class ExpirationReporter(CacheTracing tracing, CacheEvents events)
{
    /// <summary>Reports an expiration.</summary>
    /// <param name="key">The key.</param>
    /// <param name="set">The span of the set that stored the entry; default where it was not traced.</param>
    /// <param name="ttl">How long the entry existed, in seconds.</param>
    /// <param name="source">How the expiration was noticed.</param>
    /// <param name="lag">The time since the expiration.</param>
    public void Report(string key, ActivityContext set, int ttl, ExpirySource source, TimeSpan lag)
    {
        // A request that notices an expiration is not its cause.
        var current = Activity.Current;
        Activity.Current = null;
        using (tracing.StartExpired(key, set, ttl, source, lag))
        {
            events.Publish(new CacheEvent(CacheOperation.Expire, key, Found: true, Duration: null)
            {
                Ttl = ttl,
                Source = source,
                Lag = lag,
            });
        }

        Activity.Current = current;
    }
}

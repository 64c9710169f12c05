using CacheDemo.Api.Keyspace;
using Microsoft.Extensions.Options;

namespace CacheDemo.Api.Diagnostics;

/// <summary>Logs one line for each operation, where the level is enabled.</summary>
internal sealed partial class CacheLog(IOptions<CacheOptions> options, ILogger<CacheLog> logger) : ICacheEventSubscriber
{
    private readonly bool _logKeys = options.Value.KeysInTelemetry;

    /// <inheritdoc />
    public void OnEvent(in CacheEvent cacheEvent)
    {
        if (!logger.IsEnabled(LogLevel.Information))
            return;

        var (operation, key, found, duration) = cacheEvent;
        if (!_logKeys)
            key = "(key)";
        if (operation is CacheOperation.Expire)
            LogExpired(key, cacheEvent.Ttl ?? 0, cacheEvent.Lag.TotalMilliseconds);
        if (duration is not { TotalMilliseconds: var milliseconds })
            return;

        switch (operation)
        {
            case CacheOperation.Get:
                LogGet(key, found ? "hit" : $"miss ({cacheEvent.MissReason})", milliseconds);
                break;
            case CacheOperation.Set:
                LogSet(key, cacheEvent.Bytes, cacheEvent.Ttl ?? 0, milliseconds);
                break;
            case CacheOperation.Touch:
                LogExpire(key, cacheEvent.Ttl ?? 0, found ? "extended" : "not found", milliseconds);
                break;
            case CacheOperation.Delete:
                LogDelete(key, found ? "deleted" : "not found", milliseconds);
                break;
            case CacheOperation.Ttl:
                LogTtl(key, found ? "found" : "not found", milliseconds);
                break;
        }
    }

    [LoggerMessage(LogLevel.Information, "SET {Key}: {Bytes} bytes for {Ttl} s in {Milliseconds:0.0} ms")]
    private partial void LogSet(string key, int bytes, int ttl, double milliseconds);

    [LoggerMessage(LogLevel.Information, "GET {Key}: {Outcome} in {Milliseconds:0.0} ms")]
    private partial void LogGet(string key, string outcome, double milliseconds);

    [LoggerMessage(LogLevel.Information, "EXPIRE {Key} {Ttl} s: {Outcome} in {Milliseconds:0.0} ms")]
    private partial void LogExpire(string key, int ttl, string outcome, double milliseconds);

    [LoggerMessage(LogLevel.Information, "DEL {Key}: {Outcome} in {Milliseconds:0.0} ms")]
    private partial void LogDelete(string key, string outcome, double milliseconds);

    [LoggerMessage(LogLevel.Information, "TTL {Key}: {Outcome} in {Milliseconds:0.0} ms")]
    private partial void LogTtl(string key, string outcome, double milliseconds);

    [LoggerMessage(LogLevel.Information, "EXPIRED {Key} after {Ttl} s, reported {Milliseconds:0} ms after its end")]
    private partial void LogExpired(string key, int ttl, double milliseconds);
}

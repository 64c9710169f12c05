using BenchmarkDotNet.Attributes;
using CacheDemo.Api.Diagnostics;
using CacheDemo.Api.Events;
using CacheDemo.Api.Keyspace;
using CacheDemo.Redis;

namespace CacheDemo.Bench.Micro;

/// <summary>What an operation pays for the event stream.</summary>
[MemoryDiagnoser]
public class EventBenchmarks
{
    private static readonly CacheEvent Hit = new(CacheOperation.Get, "test", Found: true, TimeSpan.FromMilliseconds(1));

    private IHost _host = null!;
    private EventBroadcaster _broadcaster = null!;

    /// <summary>Whether somebody looks at the stream.</summary>
    [Params(false, true)]
    public bool IsWatched { get; set; }

    /// <summary>A broadcaster that is not started: nothing is sent.</summary>
    [GlobalSetup]
    public void SetUp()
    {
        var builder = WebApplication.CreateBuilder();
        builder.Logging.ClearProviders();
        builder.AddElastiCacheClient("redis", redis => redis.ConnectionString = "localhost:1,connectTimeout=100");
        builder.Services.AddSingleton(TimeProvider.System);
        builder.AddKeyspace();
        builder.AddCacheDiagnostics();
        builder.AddEvents();
        _host = builder.Build();
        _broadcaster = _host.Services.GetRequiredService<EventBroadcaster>();
        if (IsWatched)
            _broadcaster.AddViewer(null);
    }

    /// <summary>
    /// An event. While somebody watches, most are those under load: there are more than are sent, and they are counted.
    /// </summary>
    [Benchmark]
    public void OnEvent() => _broadcaster.OnEvent(Hit);

    /// <summary>Ends the broadcaster.</summary>
    [GlobalCleanup]
    public void CleanUp() => _host.Dispose();
}

using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using CacheDemo.Tests.Support;
using static CacheDemo.Tests.Support.CacheClient;

namespace CacheDemo.Tests.Diagnostics;

/// <summary>Telemetry without keys, and telemetry without an available collector.</summary>
public class TelemetryOptionsTests
{
    [Fact]
    public async Task With_keys_excluded_from_telemetry_no_span_and_no_log_record_has_one()
    {
        await using var system = new ObservedSystem { Options = [("Cache__KeysInTelemetry", "false")] };
        await system.InitializeAsync();
        var (demo, telemetry) = (system.Demo, system.Telemetry);

        var key = NewKey();
        await demo.SetAsync(key, ttl: 1);
        await demo.HitAsync(key);
        await demo.EndsAsync(key);
        await demo.MissAsync(key);
        await demo.SetAsync(key);
        await demo.TouchAsync(key, 100);
        await demo.DeleteAsync(key);

        foreach (
            var (name, count) in new[]
            {
                ("cache.set", 2),
                ("cache.get", 2),
                ("cache.touch", 1),
                ("cache.delete", 1),
                ("cache.expired", 1),
            })
            await telemetry.SpansAsync(span => span.Name == name, name, count);
        await telemetry.LogsAsync(line => line.Body.StartsWith("DEL", StringComparison.Ordinal), "DEL in the log");

        await telemetry.MetricsAreFreshAsync("frontend");
        Assert.False(telemetry.Heard("cache.key"), "there is a cache.key");
        Assert.False(telemetry.Heard(key), "the key is in telemetry");
    }

    [Theory]
    [InlineData("is closed")]
    [InlineData("never answers")]
    public async Task An_unavailable_collector_neither_fails_nor_delays_a_request(string how)
    {
        using var collector = new TcpListener(IPAddress.Loopback, 0);
        collector.Start();
        var endpoint = $"http://{collector.LocalEndpoint}";
        if (how == "is closed")
            collector.Stop();

        await using var redis = new GarnetEngine();
        await redis.StartAsync();
        await using var demo = await Demo.StartAsync(
            redis.ConnectionString,
            ("OTEL_EXPORTER_OTLP_ENDPOINT", endpoint),
            ("OTEL_EXPORTER_OTLP_PROTOCOL", "http/protobuf"),
            ("OTEL_EXPORTER_OTLP_TIMEOUT", "1000"),
            ("OTEL_BSP_SCHEDULE_DELAY", "200"),
            ("OTEL_METRIC_EXPORT_INTERVAL", "500"));
        var key = NewKey();
        await demo.SetAsync(key);
        await demo.HitAsync(key);

        for (var i = 0; i < 200; i++)
        {
            var started = Stopwatch.StartNew();
            await (i % 4 == 0 ? demo.SetAsync(key, $"{i}") : demo.HitAsync(key));
            Assert.True(started.Elapsed < TimeSpan.FromSeconds(10), $"request {i} took {started.Elapsed}");
        }

        // Otherwise the shutdown waits for a response that never arrives.
        collector.Stop();
    }
}

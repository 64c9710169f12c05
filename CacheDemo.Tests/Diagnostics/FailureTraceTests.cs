using System.Diagnostics;
using System.Net;
using CacheDemo.Tests.Support;
using static CacheDemo.Tests.Support.CacheClient;

namespace CacheDemo.Tests.Diagnostics;

/// <summary>The traces while Redis is unavailable.</summary>
public class FailureTraceTests
{
    [Fact]
    public async Task A_failed_operation_and_its_Redis_command_are_error_spans_with_the_error_type()
    {
        await using var telemetry = await OtlpReceiver.StartAsync();
        await using var redis = RedisServer.Create();
        await redis.StartAsync();
        await using var api = await ServiceProcess.StartApiAsync(redis.Endpoint, telemetry);
        redis.Kill();

        var key = NewKey();
        await Eventually.TrueAsync(
            async () => (await api.Client.GetAnswerAsync($"/get/{key}")).Status == HttpStatusCode.ServiceUnavailable,
            "Redis is missed");
        await api.Client.PostAsync("/set", new { key, value = "x" });
        await api.Client.PostAsync("/expire", new { key, ttl = 5 });
        await api.Client.SendRawAsync(HttpMethod.Delete, $"/delete/{key}");

        foreach (var name in new[] { "cache.set", "cache.touch", "cache.delete" })
        {
            var operation = await telemetry.SpanAsync(name, key);
            Assert.Equal(
                (ActivityStatusCode.Error, "unreachable"),
                (operation.Status, operation.Attributes.Of("error.type")));
            var commands = await telemetry.SpansAsync(
                span => span.ParentSpanId == operation.SpanId,
                $"Redis commands below {name}");
            Assert.All(
                commands,
                command =>
                {
                    Assert.Equal(ActivityStatusCode.Error, command.Status);
                    Assert.NotNull(command.Attributes.Of("error.type"));
                });
        }

        var get = (await telemetry.SpansAsync(OtlpReceiver.Is("cache.get", key), "cache.get"))[^1];
        Assert.Equal((ActivityStatusCode.Error, true), (get.Status, get.Attributes.ContainsKey("error.type")));
    }

    [Fact]
    public async Task A_request_that_is_not_a_cache_operation_is_traced_when_it_fails()
    {
        await using var telemetry = await OtlpReceiver.StartAsync();
        await using var api = await ServiceProcess.StartApiAliveAsync($"127.0.0.1:{Ports.Free()}", telemetry);

        Assert.Equal(HttpStatusCode.ServiceUnavailable, (await api.Client.GetAnswerAsync("/stats")).Status);

        var failed = Assert.Single(
            await telemetry.SpansAsync(span => span.Kind is ActivityKind.Server, "the request that failed"));
        Assert.Equal(("/stats", ActivityStatusCode.Error), (failed.Attributes.Of("url.path"), failed.Status));
    }
}

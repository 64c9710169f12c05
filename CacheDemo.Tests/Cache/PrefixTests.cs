using System.Net;
using CacheDemo.Tests.Support;
using StackExchange.Redis;

namespace CacheDemo.Tests.Cache;

/// <summary>Clients cannot access the internal keys of the API, whatever the prefix of their keys is.</summary>
public class PrefixTests
{
    [Theory]
    [InlineData("mine-")]
    [InlineData("cachedemo")]
    [InlineData("cachedemo-own:")]
    [InlineData("-")]
    [InlineData("-own:")]
    [InlineData(":")]
    [InlineData("c*")]
    [InlineData("[a-z]")]
    [InlineData("\\")]
    [InlineData("{app}")]
    [InlineData("{app}:")]
    [InlineData("🔑")]
    public async Task Internal_keys_are_not_listed_read_written_or_deleted_for_any_prefix(string prefix)
    {
        await using var server = RedisServer.Create();
        await server.StartAsync();
        await using var api = await Service.StartApiAsync(
            server.Endpoint,
            ("Cache__Prefix", prefix));
        foreach (var key in new[] { "one", "two" })
            Assert.Equal(
                HttpStatusCode.OK,
                (
                    await api.Client.PostAsync(
                        "/set",
                        new
                        {
                            key,
                            value = "x",
                            ttl = 600,
                        })
                ).Status);

        using var redis = await server.ConnectAsync();
        List<string> Own() =>
            [
                .. redis
                    .GetServers()[0]
                    .Keys(pageSize: 1000)
                    .Select(key => $"{key}")
                    .Where(key => key != $"{prefix}one" && key != $"{prefix}two"),
            ];
        await Eventually.TrueAsync(
            () =>
                Task.FromResult(
                    new[] { "lives", "stats", "instances" }.All(name =>
                        Own().Any(key => key.EndsWith(name, StringComparison.Ordinal)))),
            "the API has written what it keeps",
            also: () => string.Join('\n', Own()));

        Assert.All(Own(), own => Assert.False(own.StartsWith(prefix, StringComparison.Ordinal), own));
        var listed = (await api.Client.GetAnswerAsync("/keys"))["keys"]
            .EnumerateArray()
            .Select(key => key.GetProperty("key").GetString());
        Assert.Equal(["one", "two"], listed.Order());

        var flushed = await api.Client.PostTextAsync("/keys/flush", "");
        Assert.Equal((HttpStatusCode.OK, 2), (flushed.Status, flushed["deleted"].GetInt32()));
        Assert.Equal(HttpStatusCode.NotFound, (await api.Client.GetAnswerAsync("/get/one")).Status);
        Assert.Contains(Own(), own => own.EndsWith("instances", StringComparison.Ordinal));
    }
}

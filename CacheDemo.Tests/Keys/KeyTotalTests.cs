using System.Text.Json;
using CacheDemo.Tests.Support;
using StackExchange.Redis;

namespace CacheDemo.Tests.Keys;

public class KeyTotalOnRedis(ManyKeys<RedisEngine> keys)
    : KeyTotalTests<RedisEngine>(keys), IClassFixture<ManyKeys<RedisEngine>>
{
    private readonly ManyKeys<RedisEngine> _keys = keys;

    [Fact]
    public async Task The_total_is_counted_by_25_scans_for_all_viewers_together_and_by_none_without_viewers()
    {
        await using var api = await Service.StartApiAsync(_keys.Engine.ConnectionString);
        using var redis = await _keys.Engine.Server.ConnectAsync();
        var server = redis.GetServers()[0];
        await server.ConfigSetAsync("slowlog-max-len", 10_000);
        await server.ConfigSetAsync("slowlog-log-slower-than", 0);
        async Task<int> ScansAsync() => (await server.SlowlogGetAsync(10_000)).Count(command =>
            command.Arguments is [var name, .., var count] && name == "SCAN" && count == 1000);

        await using var looksAtNone = await FeedViewer.OpenAsync(api.Client, "/events");
        await looksAtNone.SeesAsync(e => e.Name == "stats", "numbers, later", 2);
        Assert.Equal(0, await ScansAsync());

        await using var first = await FeedViewer.OpenAsync(api.Client, "/events?match=many:1*&count=10");
        await using var second = await FeedViewer.OpenAsync(api.Client, "/events?match=many:1*&count=20");
        await SeesTotalAsync(first);
        await SeesTotalAsync(second);
        Assert.InRange(await ScansAsync(), 1, 25);
    }
}

public class KeyTotalOnCluster(ManyKeys<ClusterEngine> keys)
    : KeyTotalTests<ClusterEngine>(keys), IClassFixture<ManyKeys<ClusterEngine>>;

/// <summary>More keys than are counted, and as many keys of others, on one engine.</summary>
public sealed class ManyKeys<TEngine> : IAsyncLifetime where TEngine : Engine, new()
{
    /// <summary>How many keys there are of each kind.</summary>
    public const int Count = 60_000;

    public TEngine Engine { get; } = new();

    public Service Api { get; private set; } = null!;

    public async ValueTask InitializeAsync()
    {
        await Engine.StartAsync();
        using var redis = await ConnectionMultiplexer.ConnectAsync(Engine.ConnectionString);
        var database = redis.GetDatabase();
        await Task.WhenAll(Enumerable.Range(0, Count).SelectMany(i => new[]
        {
            database.StringSetAsync($"cachedemo:many:{i}", "x"), database.StringSetAsync($"other:{i}", "x"),
        }));
        Api = await Service.StartApiAsync(Engine.ConnectionString);
    }

    public async ValueTask DisposeAsync()
    {
        if (Api is not null)
            await Api.DisposeAsync();
        await Engine.DisposeAsync();
    }
}

/// <summary>The keys events have an estimate of how many keys match.</summary>
public abstract class KeyTotalTests<TEngine>(ManyKeys<TEngine> keys) where TEngine : Engine, new()
{
    [Fact]
    public async Task The_total_of_more_keys_than_are_counted_is_an_estimate_with_two_digits()
    {
        await using var viewer = await FeedViewer.OpenAsync(keys.Api.Client, "/events?match=many:*&count=10");
        var total = await SeesTotalAsync(viewer);

        Assert.InRange(total, ManyKeys<TEngine>.Count * 0.9, ManyKeys<TEngine>.Count * 1.1);
        Assert.Equal(0, total % 1_000);
    }

    internal static async Task<long> SeesTotalAsync(FeedViewer viewer) => (await viewer.SeesAsync(
        e => e.Name == "keys" && e["total"].ValueKind is JsonValueKind.Number, "a total"))[0]["total"].GetInt64();
}

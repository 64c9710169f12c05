using System.Net;
using System.Text.Json;
using CacheDemo.Tests.Support;
using StackExchange.Redis;
using static CacheDemo.Tests.Support.CacheClient;

namespace CacheDemo.Tests.Stats;

/// <summary>A redis-server that asks for a password.</summary>
public sealed class GuardedEngine : RedisEngine
{
    /// <summary>The password.</summary>
    public const string Secret = "hunter2-secret";

    protected override string[] Arguments => ["--requirepass", Secret];

    public override async Task StartAsync()
    {
        await base.StartAsync();
        ConnectionString = $"{Server.Endpoint},password={Secret}";
    }
}

// A system of their own, as keys of other tests expire at any time.
public class StatsOnGarnet(OnGarnet system) : StatsTests(system), IClassFixture<OnGarnet>
{
    [Fact]
    public async Task They_report_that_the_cache_is_Garnet()
    {
        var stats = await StatsAsync();
        Assert.Equal("garnet", stats.GetProperty("engine").GetString());
        Assert.Matches(@"^\d+\.\d+\.\d+", stats.GetProperty("version").GetString());
        Assert.Equal("standalone", stats.GetProperty("mode").GetString());
        Assert.Matches(@"^(localhost|127\.0\.0\.1):\d+$", stats.GetProperty("address").GetString());
        Assert.True(stats.GetProperty("connected").GetBoolean());
    }
}

public class StatsOnRedis(SystemOn<GuardedEngine> system) : StatsTests(system), IClassFixture<SystemOn<GuardedEngine>>
{
    [Fact]
    public async Task They_report_which_Redis_it_is_without_its_password()
    {
        using var redis = await ConnectionMultiplexer.ConnectAsync(system.Engine.ConnectionString);
        var stats = await StatsAsync();

        Assert.Equal("redis", stats.GetProperty("engine").GetString());
        Assert.Equal(redis.GetServers()[0].Version.ToString(3), stats.GetProperty("version").GetString());
        Assert.Equal("standalone", stats.GetProperty("mode").GetString());
        Assert.Equal(system.Engine.Server.Endpoint, stats.GetProperty("address").GetString());
        Assert.True(stats.GetProperty("connected").GetBoolean());
        Assert.DoesNotContain(GuardedEngine.Secret, stats.ToString());
    }
}

/// <summary>The numbers of the cache.</summary>
public abstract class StatsTests(SharedSystem system)
{
    private Demo Demo => system.Demo;

    [Fact]
    public async Task They_are_these()
    {
        Assert.Equal(
            [
                "hits",
                "misses",
                "hitRatio",
                "sets",
                "deletes",
                "expirations",
                "expirationsDropped",
                "since",
                "instances",
                "engine",
                "version",
                "mode",
                "address",
                "connected",
            ],
            (await StatsAsync()).EnumerateObject().Select(member => member.Name));
    }

    [Fact]
    public async Task They_count_the_operations()
    {
        await ResetAsync();
        string kept = NewKey(), removed = NewKey(), brief = NewKey();
        await Demo.SetAsync(kept);
        await Demo.SetAsync(removed);
        await Demo.SetAsync(brief, ttl: 1);
        for (var i = 0; i < 3; i++)
            await Demo.HitAsync(kept);
        await Demo.DeleteAsync(removed);
        await Demo.MissAsync(removed);

        await BecomeAsync(new(Hits: 3, Misses: 1, Sets: 3, Deletes: 1, Expirations: 1));
        Assert.Equal(0.75, (await StatsAsync()).GetProperty("hitRatio").GetDouble(), 3);
        Assert.Equal(0, (await StatsAsync()).GetProperty("expirationsDropped").GetInt64());
        Assert.Equal(1, (await StatsAsync()).GetProperty("instances").GetInt32());
    }

    [Fact]
    public async Task Operations_that_change_nothing_are_not_counted()
    {
        await ResetAsync();
        var key = NewKey();
        await Demo.Page.SendRawAsync(HttpMethod.Delete, $"/api/delete/{key}");
        await Demo.Page.PostAsync("/api/expire", new { key, ttl = 5 });
        await Demo.Page.PostAsync("/api/set", new { key, value = "x", ttl = 0 });
        await Demo.Page.GetAnswerAsync($"/api/ttl/{key}");
        await Demo.Page.GetAnswerAsync("/api/keys");
        await Demo.MissAsync(key);

        await BecomeAsync(new(Misses: 1));
    }

    [Fact]
    public async Task A_reset_sets_them_to_zero()
    {
        var key = NewKey();
        await Demo.SetAsync(key);
        await Demo.HitAsync(key);
        var before = DateTimeOffset.UtcNow;
        await ResetAsync();

        var stats = await StatsAsync();
        Assert.Equal(new Counts(), Counts.Of(stats));
        Assert.InRange(
            stats.GetProperty("since").GetDateTimeOffset(),
            before.AddSeconds(-1),
            DateTimeOffset.UtcNow.AddSeconds(1));

        await Demo.HitAsync(key);
        await BecomeAsync(new(Hits: 1));
    }

    protected Task<JsonElement> StatsAsync() => StatsOf.ReadAsync(Demo.Page, "/api/stats");

    private Task BecomeAsync(Counts expected) => StatsOf.BecomeAsync(Demo.Page, "/api/stats", expected);

    private async Task ResetAsync()
    {
        var reset = await Demo.Page.SendRawAsync(HttpMethod.Post, "/api/stats/reset");
        Assert.Equal((HttpStatusCode.NoContent, ""), (reset.Status, reset.Body));
    }
}

/// <summary>Two instances of the API have one set of numbers.</summary>
public class StatsOfTwoInstances
{
    [Fact]
    public async Task Either_instance_reports_the_sum_of_both_and_a_reset_applies_to_both()
    {
        await using var redis = new GarnetEngine();
        await redis.StartAsync();
        await using var first = await Service.StartApiAsync(redis.ConnectionString);
        await using var second = await Service.StartApiAsync(redis.ConnectionString);
        HttpClient[] instances = [first.Client, second.Client];
        foreach (var instance in instances)
            await Eventually.TrueAsync(
                async () => (await StatsOf.ReadAsync(instance, "/stats")).GetProperty("instances").GetInt32() == 2,
                "both instances are counted");

        for (var round = 1; round <= 5; round++)
        {
            var reset = await instances[round % 2].SendRawAsync(HttpMethod.Post, "/stats/reset");
            Assert.Equal(HttpStatusCode.NoContent, reset.Status);

            for (var i = 0; i < 20; i++)
                Assert.Equal(
                    HttpStatusCode.OK,
                    (
                        await instances[i % 2].PostAsync(
                            "/set",
                            new
                            {
                                key = $"both-{i}",
                                value = "x",
                                ttl = 600,
                            })
                    ).Status);

            // What the other one counted before the reset must not be added later.
            foreach (var instance in instances)
                await StatsOf.BecomeAsync(instance, "/stats", new(Sets: 20));
        }
    }
}

/// <summary>The counts among the numbers.</summary>
internal sealed record Counts(long Hits = 0, long Misses = 0, long Sets = 0, long Deletes = 0, long Expirations = 0)
{
    public static Counts Of(JsonElement stats) =>
        new(
            stats.GetProperty("hits").GetInt64(),
            stats.GetProperty("misses").GetInt64(),
            stats.GetProperty("sets").GetInt64(),
            stats.GetProperty("deletes").GetInt64(),
            stats.GetProperty("expirations").GetInt64());
}

/// <summary>Requests the numbers.</summary>
internal static class StatsOf
{
    public static async Task<JsonElement> ReadAsync(HttpClient client, string path)
    {
        var answer = await client.GetAnswerAsync(path);
        Assert.True(answer.Status == HttpStatusCode.OK, answer.Body);
        return JsonElement.Parse(answer.Body);
    }

    /// <summary>Waits until the counts are these; instances may add theirs up to a second later.</summary>
    public static async Task BecomeAsync(HttpClient client, string path, Counts expected)
    {
        var counts = new Counts();
        await Eventually.TrueAsync(
            async () => (counts = Counts.Of(await ReadAsync(client, path))) == expected,
            $"{expected}",
            TimeSpan.FromSeconds(5),
            () => $"but {counts}");
    }
}

using System.Net;
using System.Text.Json;
using CacheDemo.Tests.Support;
using StackExchange.Redis;

namespace CacheDemo.Tests.Keys;

[Collection<GarnetCollection>]
public class KeysOnGarnet(OnGarnet system) : KeysTests(system);

[Collection<RedisCollection>]
public class KeysOnRedis(OnRedis system) : KeysTests(system)
{
    private readonly RedisServer _server = system.Server;

    [Fact]
    public async Task Keys_that_others_put_into_Redis_are_not_listed_and_not_reachable()
    {
        using var redis = await _server.ConnectAsync();
        await redis.GetDatabase().StringSetAsync("somebody-else", "secret");

        Assert.DoesNotContain(await ListAsync(""), key => key.Name.Contains("somebody"));
        Assert.Equal(HttpStatusCode.NotFound, (await Page.GetAnswerAsync("/api/get/somebody-else")).Status);
    }

    [Fact]
    public async Task A_key_is_in_Redis_under_the_prefix_as_it_is()
    {
        await Page.PostAsync("/api/set", new { key = "test", value = "12345" });
        using var redis = await _server.ConnectAsync();
        Assert.Equal("12345", await redis.GetDatabase().StringGetAsync("cachedemo:test"));
    }

    [Fact]
    public async Task A_key_of_another_type_or_without_expiry_is_listed_and_refused_without_a_failure()
    {
        using var redis = await _server.ConnectAsync();
        await redis.GetDatabase().ListRightPushAsync("cachedemo:a-list", "item");
        await redis.GetDatabase().StringSetAsync("cachedemo:for-ever", "x");

        Assert.Equal((null, null), (await ListAsync("a-list")).Select(key => (key.Ttl, key.Size)).Single());
        Assert.Equal((null, 1L), (await ListAsync("for-ever")).Select(key => (key.Ttl, key.Size)).Single());
        Assert.Equal(JsonValueKind.Null, (await Page.GetAnswerAsync("/api/ttl/for-ever"))["ttl"].ValueKind);
        Assert.Equal(HttpStatusCode.Conflict, (await Page.GetAnswerAsync("/api/get/a-list")).Status);
    }

    [Theory]
    [InlineData("EXPIREAT", 1_795_600_000_000, 1e12)]
    [InlineData("PEXPIREAT", long.MaxValue, 9e15)]
    public async Task A_key_that_expires_in_the_farthest_future_has_its_ttl_in_seconds(
        string command,
        long moment,
        double least)
    {
        using var redis = await _server.ConnectAsync();
        await Page.PostAsync("/api/set", new { key = command, value = "x" });
        await redis.GetDatabase().ExecuteAsync(command, (RedisKey)$"cachedemo:{command}", moment);

        var ttl = await Page.GetAnswerAsync($"/api/ttl/{command}");
        Assert.Equal(HttpStatusCode.OK, ttl.Status);
        Assert.True(ttl["ttl"].GetDouble() > least);
        Assert.True((await ListAsync(command)).Single().Ttl > least);
        Assert.Equal(HttpStatusCode.OK, (await Page.GetAnswerAsync($"/api/get/{command}")).Status);
    }

    [Theory]
    [InlineData("EXPIRE", 50)]
    [InlineData("EXPIRE", 5000)]
    [InlineData("PERSIST", null)]
    [InlineData("SET", null)]
    public async Task Where_another_client_changed_the_ttl_the_original_one_is_not_known(string command, int? seconds)
    {
        using var redis = await _server.ConnectAsync();
        var key = CacheClient.NewKey();
        await Page.PostAsync("/api/set", new { key, value = "x", ttl = 100 });
        object[] arguments = seconds is null ? [] : [seconds];
        await redis.GetDatabase().ExecuteAsync(
            command, [(RedisKey)$"cachedemo:{key}", .. command == "SET" ? ["y", "EX", 200] : arguments]);

        Assert.Equal(JsonValueKind.Null, (await EntryAsync(key)).GetProperty("originalTtl").ValueKind);
    }

    [Theory]
    [InlineData("nonsense")]
    [InlineData("-")]
    [InlineData("9223372036854775807:x-1:60::key")]
    [InlineData("1:x-1:60:not a trace, but as long as the one of a span would be:key")]
    [InlineData(null)]
    public async Task A_key_with_an_invalid_record_is_listed_without_its_original_ttl_and_can_be_extended_and_deleted(
        string? record)
    {
        using var redis = await _server.ConnectAsync();
        var key = CacheClient.NewKey();
        await Page.PostAsync("/api/set", new { key, value = "x", ttl = 100 });
        RedisKey recordKey = $"cachedemo-own:life:{{cachedemo:{key}}}";
        Assert.True(await redis.GetDatabase().KeyDeleteAsync(recordKey));
        if (record is null)
            await redis.GetDatabase().ListRightPushAsync(recordKey, "of another type");
        else
            await redis.GetDatabase().StringSetAsync(recordKey, record);

        var entry = await EntryAsync(key);
        Assert.Equal(JsonValueKind.Null, entry.GetProperty("originalTtl").ValueKind);
        Assert.InRange(entry.GetProperty("ttl").GetDouble(), 95, 100);

        Assert.Equal(HttpStatusCode.OK, (await Page.PostAsync("/api/expire", new { key, ttl = 200 })).Status);
        Assert.Equal(
            HttpStatusCode.NoContent,
            (await Page.SendRawAsync(HttpMethod.Delete, $"/api/delete/{key}")).Status);
        Assert.Equal(HttpStatusCode.NotFound, (await Page.GetAnswerAsync($"/api/get/{key}")).Status);
    }

    [Fact]
    public async Task The_demos_keys_are_found_among_many_keys_of_others()
    {
        using var redis = await _server.ConnectAsync();
        await redis
            .GetDatabase()
            .StringSetAsync([
                .. Enumerable
                    .Range(0, 20_000)
                    .Select(i => KeyValuePair.Create((RedisKey)$"other:{i}", (RedisValue)"x"))]);
        await Page.PostAsync("/api/set", new { key = "needle", value = "x" });

        Assert.Single(await ListAsync("needle"));
    }
}

/// <summary>The list of keys.</summary>
public abstract class KeysTests(SharedSystem system)
{
    protected HttpClient Page => system.Demo.Page;

    [Fact]
    public async Task A_key_is_listed_with_its_ttl_and_size()
    {
        await Page.PostAsync("/api/set", new { key = "listed/日本語", value = "12345", ttl = 100 });

        var listed = Assert.Single(await ListAsync("listed*"));
        Assert.Equal("listed/日本語", listed.Name);
        Assert.Equal(5, listed.Size);
        Assert.InRange(listed.Ttl!.Value, 95, 100);
    }

    [Fact]
    public async Task A_key_is_listed_with_the_ttl_that_its_last_set_or_expire_gave_it()
    {
        var key = CacheClient.NewKey();
        await Page.PostAsync("/api/set", new { key, value = "x", ttl = 100 });
        Assert.Equal(100, (await EntryAsync(key)).GetProperty("originalTtl").GetInt32());

        await Page.PostAsync("/api/expire", new { key, ttl = 300 });
        Assert.Equal(300, (await EntryAsync(key)).GetProperty("originalTtl").GetInt32());

        await Page.PostAsync("/api/set", new { key, value = "y", ttl = 20 });
        Assert.Equal(20, (await EntryAsync(key)).GetProperty("originalTtl").GetInt32());
    }

    [Fact]
    public async Task Pages_together_have_every_key()
    {
        for (var i = 0; i < 250; i++)
            await Page.PostAsync("/api/set", new { key = $"paged:{i}", value = "x" });

        var keys = await ListAsync("paged:*", count: 20);
        Assert.Equal(250, keys.Select(key => key.Name).Distinct().Count());
    }

    [Fact]
    public async Task A_glob_matches_keys_as_in_Redis()
    {
        foreach (var key in new[] { "glob:one", "glob:two", "glob:[x]", "unglob:one" })
            await Page.PostAsync("/api/set", new { key, value = "x" });

        Assert.Equal(
            ["glob:[x]", "glob:one", "glob:two"],
            (await ListAsync("glob:*")).Select(key => key.Name).Order(StringComparer.Ordinal));
        Assert.Equal(["glob:one"], (await ListAsync("glob:?ne")).Select(key => key.Name));
        Assert.Equal(["glob:[x]"], (await ListAsync("glob:\\[*")).Select(key => key.Name));
        Assert.Empty(await ListAsync("no such*"));
    }

    [Fact]
    public async Task A_key_that_expired_is_no_longer_listed()
    {
        await Page.PostAsync("/api/set", new { key = "fleeting", value = "x", ttl = 1 });
        Assert.Single(await ListAsync("fleeting"));
        await Eventually.TrueAsync(
            async () => (await ListAsync("fleeting")).Count == 0,
            "the expired key is off the list");
    }

    [Theory]
    [InlineData("count=0", "count")]
    [InlineData("count=1001", "count")]
    [InlineData("count=-1", "count")]
    [InlineData("count=many", "count")]
    [InlineData("cursor=nonsense", "cursor")]
    [InlineData("cursor=9-0", "cursor")]
    [InlineData("cursor=0-x", "cursor")]
    [InlineData("cursor=0-18446744073709551616", "cursor")]
    public async Task An_invalid_parameter_is_a_problem_that_names_it(string query, string field)
    {
        var refused = await Page.GetAnswerAsync($"/api/keys?{query}");
        Assert.Equal(HttpStatusCode.BadRequest, refused.Status);
        Assert.Equal(field, Assert.Single(refused["errors"].EnumerateObject()).Name);
    }

    /// <summary>The entry of a key in the list.</summary>
    protected async Task<JsonElement> EntryAsync(string key) => Assert.Single(await EntriesAsync(key, count: 1000));

    /// <summary>All keys that match, page by page.</summary>
    protected async Task<List<(string Name, double? Ttl, long? Size)>> ListAsync(string match, int count = 100) =>
    [
        .. from key in await EntriesAsync(match, count)
           select (
               key.GetProperty("key").GetString()!,
               key.GetProperty("ttl") is { ValueKind: JsonValueKind.Number } ttl ? ttl.GetDouble() : (double?)null,
               key.GetProperty("size") is { ValueKind: JsonValueKind.Number } size ? size.GetInt64() : (long?)null),
    ];

    private async Task<List<JsonElement>> EntriesAsync(string match, int count)
    {
        var keys = new List<JsonElement>();
        string? cursor = null;
        do
        {
            var page = await Page.GetAnswerAsync(
                $"/api/keys?match={Uri.EscapeDataString(match)}&count={count}&cursor={cursor}");
            Assert.Equal(HttpStatusCode.OK, page.Status);
            keys.AddRange(page["keys"].EnumerateArray());
            cursor = page["cursor"].GetString();
        }
        while (cursor is not null);

        return keys;
    }
}

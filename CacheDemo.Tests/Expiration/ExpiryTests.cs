using System.Net;
using CacheDemo.Tests.Support;
using StackExchange.Redis;

namespace CacheDemo.Tests.Expiration;

public class ExpiryOnGarnet(TwoInstances<GarnetEngine> system)
    : ExpiryTests<GarnetEngine>(system),
        IClassFixture<TwoInstances<GarnetEngine>>;

public class ExpiryOnRedis(TwoInstances<RedisEngine> system)
    : ExpiryTests<RedisEngine>(system),
        IClassFixture<TwoInstances<RedisEngine>>;

public class ExpiryOnNotifyingRedis(TwoInstances<NotifyingRedisEngine> system)
    : ExpiryTests<NotifyingRedisEngine>(system), IClassFixture<TwoInstances<NotifyingRedisEngine>>;

public class ExpiryOnCluster(TwoInstances<ClusterEngine> system)
    : ExpiryTests<ClusterEngine>(system),
        IClassFixture<TwoInstances<ClusterEngine>>
{
    private readonly TwoInstances<ClusterEngine> _system = system;

    [Theory]
    [InlineData("cachedemo:")]
    [InlineData("{app}:")]
    [InlineData("{{app}:")]
    [InlineData("{open:")]
    [InlineData("{}:")]
    [InlineData("x}y{:")]
    public async Task What_is_known_of_a_key_is_in_the_keys_slot_whatever_braces_key_and_prefix_have(string prefix)
    {
        await using var api = await ServiceProcess.StartApiAsync(
            _system.Engine.ConnectionString,
            _system.Told,
            ("Cache__Prefix", prefix));
        var run = $"{Guid.NewGuid():n}";
        string[] keys =
        [
            .. new[]
            {
                "",
                "a}b",
                "{",
                "}",
                "}{",
                "{}",
                "{}x{y}",
                "{a}",
                "{a}b",
                "x{a}",
                "{{a}}",
                "{a{b}",
                "日}本",
            }.Select(key => key + run),
        ];
        foreach (var key in keys)
            Assert.Equal(
                HttpStatusCode.OK,
                (
                    await api.Client.PostAsync(
                        "/set",
                        new
                        {
                            key,
                            value = "x",
                            ttl = 1,
                        })
                ).Status);

        var records = new Dictionary<string, RedisKey>();
        foreach (var server in _system.Redis.GetServers())
        {
            await foreach (var record in server.KeysAsync(pattern: $"*:life:*{run}*"))
                records.Add(
                    ((string)(await _system.Redis.GetDatabase().StringGetAsync(record))!).Split(':', 5)[4],
                    record);
        }

        Assert.Equal(keys.Order(), records.Keys.Order());
        Assert.All(
            records,
            record => Assert.Equal(_system.Redis.HashSlot(prefix + record.Key), _system.Redis.HashSlot(record.Value)));
        await _system.Told.SpansAsync(
            span => span.Name == "cache.expired" && keys.Contains((string)span.Attributes.Of("cache.key")!),
            "ends",
            keys.Length);
    }
}

/// <summary>Two instances of the API on one engine, and a collector of what they tell.</summary>
public sealed class TwoInstances<TEngine> : IAsyncLifetime where TEngine : Engine, new()
{
    public TEngine Engine { get; } = new();

    public OtlpReceiver Told { get; private set; } = null!;

    public ServiceProcess First { get; private set; } = null!;

    public ServiceProcess Second { get; private set; } = null!;

    /// <summary>A client beside the API, as redis-cli is.</summary>
    public ConnectionMultiplexer Redis { get; private set; } = null!;

    public async ValueTask InitializeAsync()
    {
        await Engine.StartAsync();
        Told = await OtlpReceiver.StartAsync();
        First = await ServiceProcess.StartApiAsync(Engine.ConnectionString, Told);
        Second = await ServiceProcess.StartApiAsync(Engine.ConnectionString, Told);
        Redis = await ConnectionMultiplexer.ConnectAsync(Engine.ConnectionString);
    }

    public async ValueTask DisposeAsync()
    {
        Redis?.Dispose();
        foreach (var process in new IAsyncDisposable?[] { First, Second, Told, Engine })
        {
            if (process is not null)
                await process.DisposeAsync();
        }
    }
}

/// <summary>Every life that ends is told of exactly once, and nothing else is.</summary>
public abstract class ExpiryTests<TEngine>(TwoInstances<TEngine> system) where TEngine : Engine, new()
{
    private const string Expired = "cache.expired";

    private HttpClient First => system.First.Client;

    private HttpClient Second => system.Second.Client;

    private IDatabase Redis => system.Redis.GetDatabase();

    [Fact]
    public async Task A_life_that_ends_is_told_of_once_in_a_trace_of_its_own_linked_to_its_set()
    {
        var key = await SetAsync(First, ttl: 1);
        await AssertToldOnceAsync(key);

        var expired = await system.Told.SpanAsync(Expired, key);
        var set = await system.Told.SpanAsync("cache.set", key);
        var link = Assert.Single(expired.Links);
        Assert.Equal((set.TraceId, set.SpanId), (link.TraceId, link.SpanId));
        Assert.Null(expired.ParentSpanId);
        Assert.NotEqual(set.TraceId, expired.TraceId);
        Assert.Equal(1L, expired.Attributes.Of("cache.ttl"));
        Assert.Contains(expired.Attributes.Of("cachedemo.cache.expiry_source"), new object[] { "ttl", "keyspace" });
        Assert.True((double)expired.Attributes.Of("cachedemo.cache.expiry_lag")! >= 0);
    }

    [Fact]
    public async Task A_life_that_another_value_cuts_short_is_not_told_of_but_the_next_is()
    {
        var shorter = await SetAsync(First, ttl: 3);
        await SetAsync(Second, ttl: 1, shorter);
        var longer = await SetAsync(First, ttl: 1);
        await SetAsync(Second, ttl: 3, longer);

        await AssertToldOnceAsync(shorter);
        await AssertToldOnceAsync(longer);
        await AssertNothingMoreAsync(shorter, longer);
        Assert.Equal(1L, (await system.Told.SpanAsync(Expired, shorter)).Attributes.Of("cache.ttl"));
        Assert.Equal(3L, (await system.Told.SpanAsync(Expired, longer)).Attributes.Of("cache.ttl"));
    }

    [Fact]
    public async Task A_key_that_is_set_again_as_soon_as_it_is_gone_has_two_ends()
    {
        var key = await SetAsync(First, ttl: 1);
        await Eventually.TrueAsync(
            async () => (await Second.GetAnswerAsync($"/get/{key}")).Status == HttpStatusCode.NotFound,
            "it is gone");
        await SetAsync(Second, ttl: 1, key);

        await system.Told.SpansAsync(OtlpReceiver.Is(Expired, key), $"the ends of {key}", 2);
        await AssertNothingMoreAsync();
        Assert.Equal(2, system.Told.Spans.Count(OtlpReceiver.Is(Expired, key)));
    }

    [Theory]
    [InlineData(1, 3)]
    [InlineData(30, 1)]
    public async Task A_life_that_is_extended_or_shortened_ends_once_at_its_new_end(int ttl, int touched)
    {
        var key = await SetAsync(First, ttl);
        await Second.PostAsync("/expire", new { key, ttl = touched });

        await AssertToldOnceAsync(key);
        var expired = await system.Told.SpanAsync(Expired, key);
        var set = await system.Told.SpanAsync("cache.set", key);
        Assert.Equal(set.SpanId, Assert.Single(expired.Links).SpanId);
        Assert.Equal((long)touched, expired.Attributes.Of("cache.ttl"));
        Assert.InRange(
            expired.StartTime - set.EndTime,
            TimeSpan.FromSeconds(touched - 0.1),
            TimeSpan.FromSeconds(touched + 5));
        await AssertNothingMoreAsync(key);
    }

    [Fact]
    public async Task A_life_that_redis_cli_extends_ends_once_at_its_new_end()
    {
        var key = await SetAsync(First, ttl: 1);
        await Redis.KeyExpireAsync($"cachedemo:{key}", TimeSpan.FromSeconds(3));

        await AssertToldOnceAsync(key);
        Assert.InRange(
            (await system.Told.SpanAsync(Expired, key)).StartTime
                - (await system.Told.SpanAsync("cache.set", key)).EndTime,
            TimeSpan.FromSeconds(2.5),
            TimeSpan.FromSeconds(8));
    }

    [Fact]
    public async Task A_life_that_redis_cli_shortens_is_told_of_where_Redis_notifies_and_never_twice()
    {
        var key = await SetAsync(First, ttl: 4);
        await Redis.KeyExpireAsync($"cachedemo:{key}", TimeSpan.FromSeconds(1));

        if (system.Engine.Notifies)
        {
            await AssertToldOnceAsync(key);
            Assert.Equal(
                "keyspace",
                (await system.Told.SpanAsync(Expired, key)).Attributes.Of("cachedemo.cache.expiry_source"));
        }

        await AssertNothingMoreAsync(seconds: 5);
        Assert.Equal(system.Engine.Notifies ? 1 : 0, system.Told.Spans.Count(OtlpReceiver.Is(Expired, key)));
    }

    [Fact]
    public async Task An_end_says_how_long_the_key_lived_where_redis_cli_changed_that()
    {
        await using var viewer = await FeedViewer.OpenAsync(First, "/events");
        string extended = await SetAsync(First, ttl: 1), shortened = await SetAsync(First, ttl: 200);
        await Redis.KeyExpireAsync(Item(extended), TimeSpan.FromSeconds(4));
        await Redis.KeyExpireAsync(Item(shortened), TimeSpan.FromSeconds(2));

        foreach (
            var (key, seconds) in system.Engine.Notifies ? new[] { (shortened, 2), (extended, 4) } : [(extended, 4)])
        {
            // More where the set and the change are far apart, or Redis looks late.
            var expired = await system.Told.SpanAsync(Expired, key);
            Assert.InRange((long)expired.Attributes.Of("cache.ttl")!, seconds, seconds + 5);
            Assert.InRange((await viewer.SeesAsync("expired", key))["ttl"].GetInt32(), seconds, seconds + 5);
        }
    }

    [Fact]
    public async Task A_key_that_is_deleted_does_not_expire()
    {
        var byApi = await SetAsync(First, ttl: 2);
        var byCli = await SetAsync(First, ttl: 2);
        await Second.SendRawAsync(HttpMethod.Delete, $"/delete/{byApi}");
        await Redis.KeyDeleteAsync($"cachedemo:{byCli}");

        await AssertNothingMoreAsync();
        Assert.DoesNotContain(system.Told.Spans, span => OtlpReceiver.Is(Expired, byApi)(span));
        Assert.DoesNotContain(system.Told.Spans, span => OtlpReceiver.Is(Expired, byCli)(span));
    }

    [Fact]
    public async Task A_key_that_is_persisted_does_not_expire()
    {
        var key = await SetAsync(First, ttl: 1);
        await Redis.KeyPersistAsync($"cachedemo:{key}");

        await AssertNothingMoreAsync();
        Assert.DoesNotContain(system.Told.Spans, span => OtlpReceiver.Is(Expired, key)(span));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_life_that_redis_cli_begins_where_one_of_the_API_ended_or_was_deleted_is_told_of_where_Redis_notifies(
        bool deleted)
    {
        var key = await SetAsync(First, ttl: deleted ? 60 : 1);
        if (deleted)
            await Second.SendRawAsync(HttpMethod.Delete, $"/delete/{key}");
        else
            await AssertToldOnceAsync(key);

        // Right after, and later.
        var before = deleted ? 0 : 1;
        for (var more = 1; more <= 3; more++)
        {
            await Redis.StringSetAsync(Item(key), "y", TimeSpan.FromMilliseconds(more == 3 ? 1_500 : 100));
            await AssertEndsAsync(key, notified: before + more, silent: before);
        }
    }

    [Fact]
    public async Task Lives_that_redis_cli_begins_one_right_after_another_are_told_of_once_each_where_Redis_notifies()
    {
        string unknown = $"k{Guid.NewGuid():n}", known = await SetAsync(First, ttl: 60);
        for (var i = 0; i < 5; i++)
        {
            foreach (var key in new[] { unknown, known })
                await Redis.StringSetAsync(Item(key), "y", TimeSpan.FromMilliseconds(100));
            foreach (var key in new[] { unknown, known })
                await IsGoneAsync(key);
        }

        await AssertEndsAsync([unknown, known], notified: 5, silent: 0);
    }

    [Fact]
    public async Task What_another_instance_told_of_is_not_told_of_again_by_one_that_hears_of_it_later()
    {
        var key = $"k{Guid.NewGuid():n}";
        await Redis.HashSetAsync(Heard(key), "ahead", 2);
        for (var end = 1; end <= 2; end++)
        {
            await Redis.StringSetAsync(Item(key), "y", TimeSpan.FromMilliseconds(100));
            await IsGoneAsync(key);
        }

        await AssertEndsAsync(key, notified: 0, silent: 0);
    }

    [Fact]
    public async Task An_instance_that_begins_to_listen_tells_of_the_next_end_where_Redis_notifies()
    {
        var key = $"k{Guid.NewGuid():n}";
        await Redis.HashSetAsync(Heard(key), "gone", 5);
        await Redis.StringSetAsync(Item(key), "y", TimeSpan.FromMilliseconds(100));
        await IsGoneAsync(key);
        if (system.Engine.Notifies)
        {
            await Eventually.TrueAsync(
                async () => (await Redis.HashValuesAsync(Heard(key))).All(count => count == 5),
                "both instances are level with it");
        }

        await Redis.StringSetAsync(Item(key), "y", TimeSpan.FromMilliseconds(100));
        await AssertEndsAsync(key, notified: 1, silent: 0);
    }

    [Fact]
    public async Task A_life_that_the_API_begins_right_after_one_of_redis_cli_ended_is_told_of_too()
    {
        var key = await SetAsync(First, ttl: 1);
        await AssertToldOnceAsync(key);
        await Redis.StringSetAsync(Item(key), "y", TimeSpan.FromMilliseconds(200));
        await IsGoneAsync(key);
        await SetAsync(Second, ttl: 1, key);

        await AssertEndsAsync(key, notified: 3, silent: 2);
    }

    [Theory]
    [InlineData("PERSIST")]
    [InlineData("GETEX")]
    public async Task A_key_that_is_persisted_and_then_given_an_end_is_told_of_where_Redis_notifies(string command)
    {
        var key = await SetAsync(First, ttl: 1);
        await Redis.ExecuteAsync(
            command,
            command == "GETEX" ? [(RedisKey)Item(key), "PERSIST"] : [(RedisKey)Item(key)]);
        await AssertNothingMoreAsync();
        Assert.DoesNotContain(system.Told.Spans, span => OtlpReceiver.Is(Expired, key)(span));

        await Redis.KeyExpireAsync(Item(key), TimeSpan.FromSeconds(1));
        await AssertEndsAsync(key, notified: 1, silent: 0);
        if (system.Engine.Notifies)
            Assert.Equal(
                (await system.Told.SpanAsync("cache.set", key)).SpanId,
                Assert.Single((await system.Told.SpanAsync(Expired, key)).Links).SpanId);
    }

    [Fact]
    public async Task A_life_that_redis_cli_moves_copies_or_restores_ends_where_it_is_and_one_of_another_type_as_well()
    {
        var tag = $"{{k{Guid.NewGuid():n}}}";
        string renamed = $"{tag}renamed",
            copied = $"{tag}copied",
            restored = $"{tag}restored",
            hash = $"{tag}hash",
            target = $"{tag}target";
        foreach (var key in new[] { renamed, copied, restored, hash })
            await SetAsync(First, ttl: 3, key);
        await Redis.KeyRenameAsync(Item(renamed), Item(target));
        if (system is TwoInstances<GarnetEngine>) // which has no COPY
            await Redis.StringSetAsync(Item($"{copied}-too"), "x", TimeSpan.FromSeconds(3));
        else
            await Redis.KeyCopyAsync(Item(copied), Item($"{copied}-too"));
        await Redis.KeyRestoreAsync(
            Item($"{restored}-too"),
            (await Redis.KeyDumpAsync(Item(restored)))!,
            TimeSpan.FromSeconds(1));
        await Redis.KeyDeleteAsync(Item(hash));
        await Redis.HashSetAsync(Item(hash), "field", "y");
        await Redis.KeyExpireAsync(Item(hash), TimeSpan.FromSeconds(1));

        await AssertEndsAsync([target, $"{copied}-too", $"{restored}-too", hash], notified: 1, silent: 0);
        await AssertEndsAsync([copied, restored], notified: 1, silent: 1);
        Assert.DoesNotContain(system.Told.Spans, span => OtlpReceiver.Is(Expired, renamed)(span));
    }

    [Fact]
    public async Task A_key_that_looks_like_what_is_known_of_another_has_a_life_of_its_own()
    {
        var key = $"k{Guid.NewGuid():n}";
        string[] alike =
        [
            $"{{cachedemo:{key}}}",
            $"{{cachedemo:{key}}}:cachedemo:{key}",
            $"{{{key}}}",
            $"cachedemo:{key}",
            $"{key}}}",
        ];
        await SetAsync(First, ttl: 1, key);
        foreach (var other in alike)
            await SetAsync(Second, ttl: 60, other);

        await AssertToldOnceAsync(key);
        await AssertNothingMoreAsync(key);
        Assert.DoesNotContain(system.Told.Spans, span => alike.Any(other => OtlpReceiver.Is(Expired, other)(span)));
        foreach (var other in alike)
            Assert.Equal(HttpStatusCode.OK, (await First.GetAnswerAsync($"/get/{Uri.EscapeDataString(other)}")).Status);
    }

    [Fact]
    public async Task What_a_killed_instance_set_is_told_of_once_by_the_other()
    {
        var doomed = await ServiceProcess.StartApiAsync(system.Engine.ConnectionString, system.Told);
        await using var _ = doomed;
        var keys = await CacheClient.SetManyAsync(1_000, ttl: 4, doomed.Client);
        await system.Told.SpansAsync(
            span => span.Name == "cache.set" && keys.Contains((string)span.Attributes.Of("cache.key")!),
            "sets",
            keys.Count);
        doomed.Kill();

        bool IsTheirs(OtlpSpan span, string name) =>
            span.Name == name && keys.Contains((string)span.Attributes.Of("cache.key")!);
        var told = await system.Told.SpansAsync(span => IsTheirs(span, Expired), "ends", keys.Count);
        await AssertNothingMoreAsync();
        Assert.Equal(keys.Count, system.Told.Spans.Count(span => IsTheirs(span, Expired)));

        // A key whose set was answered 503 was set again.
        var sets = system
            .Told.Spans.Where(span => IsTheirs(span, "cache.set"))
            .ToLookup(span => span.Attributes.Of("cache.key"), span => span.SpanId);
        Assert.All(
            told,
            span => Assert.Contains(Assert.Single(span.Links).SpanId, sets[span.Attributes.Of("cache.key")]));
    }

    /// <summary>Sets a key, a new one where none is given.</summary>
    private static async Task<string> SetAsync(HttpClient api, int ttl, string? key = null)
    {
        key ??= $"k{Guid.NewGuid():n}";
        Assert.Equal(HttpStatusCode.OK, (await api.PostAsync("/set", new { key, value = "x", ttl })).Status);
        return key;
    }

    private static string Item(string key) => $"cachedemo:{key}";

    private static string Heard(string key) => $"cachedemo-own:heard:{{{Item(key)}}}";

    private Task IsGoneAsync(string key) =>
        Eventually.TrueAsync(async () => !await Redis.KeyExistsAsync(Item(key)), $"{key} is gone");

    /// <summary>
    /// So many ends of the key are told of where Redis notifies, so many where it does not, and by the time that later
    /// lives have ended, no more.
    /// </summary>
    private Task AssertEndsAsync(string key, int notified, int silent) => AssertEndsAsync([key], notified, silent);

    private async Task AssertEndsAsync(string[] keys, int notified, int silent)
    {
        var ends = system.Engine.Notifies ? notified : silent;
        foreach (var key in keys)
        {
            await IsGoneAsync(key);
            await system.Told.SpansAsync(OtlpReceiver.Is(Expired, key), $"ends of {key}", ends);
        }

        await AssertNothingMoreAsync(seconds: 1);
        Assert.All(
            keys,
            key =>
            {
                var told = system.Told.Spans.Where(OtlpReceiver.Is(Expired, key)).ToList();
                Assert.True(
                    told.Count == ends,
                    $"{ends} ends, and told of: "
                        + string.Join(
                            "; ",
                            told.Select(span =>
                                $"{span.StartTime:mm:ss.fff} by {span.Origin.Instance}, span {span.SpanId}, {span.Attributes}"
                            )));
            });
    }

    /// <summary>The end of this life is told of, by now once.</summary>
    private Task<OtlpSpan> AssertToldOnceAsync(string key) => system.Told.SpanAsync(Expired, key);

    /// <summary>
    /// Waits until a life that begins now has ended and was told of: by then all that ended before it was.
    /// </summary>
    private async Task AssertNothingMoreAsync(params string[] once)
    {
        await AssertNothingMoreAsync(seconds: 2);
        foreach (var key in once)
            Assert.Single(system.Told.Spans, span => OtlpReceiver.Is(Expired, key)(span));
    }

    private async Task AssertNothingMoreAsync(int seconds)
    {
        foreach (var key in await Task.WhenAll(SetAsync(First, seconds), SetAsync(Second, seconds)))
            await AssertToldOnceAsync(key);
    }
}

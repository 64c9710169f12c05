using System.Diagnostics;
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
    public async Task The_record_of_a_key_is_in_the_keys_slot_whatever_braces_key_and_prefix_have(string prefix)
    {
        await using var api = await ServiceProcess.StartApiAsync(
            _system.Engine.ConnectionString,
            _system.Telemetry,
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
        await _system.Telemetry.SpansAsync(
            span => span.Name == "cache.expired" && keys.Contains((string)span.Attributes.Of("cache.key")!),
            "ends",
            keys.Length);
    }
}

/// <summary>Two instances of the API on one engine, and a collector of their telemetry.</summary>
public sealed class TwoInstances<TEngine> : IAsyncLifetime where TEngine : Engine, new()
{
    public TEngine Engine { get; } = new();

    public OtlpReceiver Telemetry { get; private set; } = null!;

    public ServiceProcess First { get; private set; } = null!;

    public ServiceProcess Second { get; private set; } = null!;

    /// <summary>Another client of Redis, such as redis-cli.</summary>
    public ConnectionMultiplexer Redis { get; private set; } = null!;

    public async ValueTask InitializeAsync()
    {
        await Engine.StartAsync();
        Telemetry = await OtlpReceiver.StartAsync();
        await Task.WhenAll(StartFirstAsync(), StartSecondAsync());
        Redis = await ConnectionMultiplexer.ConnectAsync(Engine.ConnectionString);
        if (Engine.Notifies)
            await Support.Engine.AreListenedToAsync(Redis, instances: 2);

        async Task StartFirstAsync() =>
            First = await ServiceProcess.StartApiAsync(Engine.ConnectionString, Telemetry);
        async Task StartSecondAsync() =>
            Second = await ServiceProcess.StartApiAsync(Engine.ConnectionString, Telemetry);
    }

    public async ValueTask DisposeAsync()
    {
        Redis?.Dispose();
        foreach (var process in new IAsyncDisposable?[] { First, Second, Telemetry, Engine })
        {
            if (process is not null)
                await process.DisposeAsync();
        }
    }
}

/// <summary>Every key that expires is reported exactly once, and nothing else is.</summary>
public abstract class ExpiryTests<TEngine>(TwoInstances<TEngine> system) where TEngine : Engine, new()
{
    private const string Expired = "cache.expired";

    private HttpClient First => system.First.Client;

    private HttpClient Second => system.Second.Client;

    private IDatabase Redis => system.Redis.GetDatabase();

    [Fact]
    public async Task A_key_that_expires_is_reported_once_in_a_trace_of_its_own_linked_to_its_set()
    {
        var key = await SetAsync(First, ttl: 1);
        await AssertReportedOnceAsync(key);

        var expired = await system.Telemetry.SpanAsync(Expired, key);
        var set = await system.Telemetry.SpanAsync("cache.set", key);
        var link = Assert.Single(expired.Links);
        Assert.Equal((set.TraceId, set.SpanId), (link.TraceId, link.SpanId));
        Assert.Null(expired.ParentSpanId);
        Assert.NotEqual(set.TraceId, expired.TraceId);
        Assert.Equal(1L, expired.Attributes.Of("cache.ttl"));
        Assert.Contains(expired.Attributes.Of("cachedemo.cache.expiry_source"), new object[] { "ttl", "keyspace" });
        Assert.True((double)expired.Attributes.Of("cachedemo.cache.expiry_lag")! >= 0);
    }

    [Fact]
    public async Task A_key_that_is_overwritten_is_not_reported_until_its_new_value_expires()
    {
        var shorter = await SetAsync(First, ttl: 3);
        await SetAsync(Second, ttl: 1, shorter);
        var longer = await SetAsync(First, ttl: 1);
        await SetAsync(Second, ttl: 3, longer);

        await AssertReportedOnceAsync(shorter);
        await AssertReportedOnceAsync(longer);
        await AssertNothingMoreAsync(shorter, longer);
        Assert.Equal(1L, (await system.Telemetry.SpanAsync(Expired, shorter)).Attributes.Of("cache.ttl"));
        Assert.Equal(3L, (await system.Telemetry.SpanAsync(Expired, longer)).Attributes.Of("cache.ttl"));
    }

    [Fact]
    public async Task A_key_that_is_set_again_as_soon_as_it_expired_expires_twice()
    {
        var key = await SetAsync(First, ttl: 1);
        await Eventually.TrueAsync(
            async () => (await Second.GetAnswerAsync($"/get/{key}")).Status == HttpStatusCode.NotFound,
            "it is gone");
        await SetAsync(Second, ttl: 1, key);

        await system.Telemetry.SpansAsync(OtlpReceiver.Is(Expired, key), $"the ends of {key}", 2);
        await AssertNothingMoreAsync();
        Assert.Equal(2, system.Telemetry.Spans.Count(OtlpReceiver.Is(Expired, key)));
    }

    [Theory]
    [InlineData(1, 3)]
    [InlineData(30, 1)]
    public async Task A_key_that_is_extended_or_shortened_expires_once_at_its_new_deadline(int ttl, int touched)
    {
        var key = await SetAsync(First, ttl);
        await Second.PostAsync("/expire", new { key, ttl = touched });

        await AssertReportedOnceAsync(key);
        var expired = await system.Telemetry.SpanAsync(Expired, key);
        var set = await system.Telemetry.SpanAsync("cache.set", key);
        Assert.Equal(set.SpanId, Assert.Single(expired.Links).SpanId);
        Assert.Equal((long)touched, expired.Attributes.Of("cache.ttl"));
        Assert.InRange(
            expired.StartTime - set.EndTime,
            TimeSpan.FromSeconds(touched - 0.1),
            TimeSpan.FromSeconds(touched + 5));
        await AssertNothingMoreAsync(key);
    }

    [Fact]
    public async Task A_key_that_redis_cli_extends_expires_once_at_its_new_deadline()
    {
        var key = await SetAsync(First, ttl: 1);
        await Redis.KeyExpireAsync($"cachedemo:{key}", TimeSpan.FromSeconds(3));

        await AssertReportedOnceAsync(key);
        Assert.InRange(
            (await system.Telemetry.SpanAsync(Expired, key)).StartTime
                - (await system.Telemetry.SpanAsync("cache.set", key)).EndTime,
            TimeSpan.FromSeconds(2.5),
            TimeSpan.FromSeconds(8));
    }

    [Fact]
    public async Task A_key_that_redis_cli_shortens_is_reported_where_Redis_notifies_and_never_twice()
    {
        var key = await SetAsync(First, ttl: 4);
        await Redis.KeyExpireAsync($"cachedemo:{key}", TimeSpan.FromSeconds(1));

        if (system.Engine.Notifies)
        {
            await AssertReportedOnceAsync(key);
            Assert.Equal(
                "keyspace",
                (await system.Telemetry.SpanAsync(Expired, key)).Attributes.Of("cachedemo.cache.expiry_source"));
        }

        await AssertNothingMoreAsync(seconds: 5);
        Assert.Equal(system.Engine.Notifies ? 1 : 0, system.Telemetry.Spans.Count(OtlpReceiver.Is(Expired, key)));
    }

    [Fact]
    public async Task An_expiration_has_the_ttl_that_elapsed_where_redis_cli_changed_it()
    {
        await using var viewer = await FeedViewer.OpenAsync(First, "/events");
        string extended = await SetAsync(First, ttl: 1), shortened = await SetAsync(First, ttl: 200);
        await Redis.KeyExpireAsync(Item(extended), TimeSpan.FromSeconds(4));
        await Redis.KeyExpireAsync(Item(shortened), TimeSpan.FromSeconds(2));

        foreach (
            var (key, seconds) in system.Engine.Notifies ? new[] { (shortened, 2), (extended, 4) } : [(extended, 4)])
        {
            // Redis expires a key late that nobody reads. More if the set and the change are far apart.
            await IsGoneAsync(key);
            var expired = await system.Telemetry.SpanAsync(Expired, key);
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
        Assert.DoesNotContain(system.Telemetry.Spans, span => OtlpReceiver.Is(Expired, byApi)(span));
        Assert.DoesNotContain(system.Telemetry.Spans, span => OtlpReceiver.Is(Expired, byCli)(span));
    }

    [Fact]
    public async Task A_key_that_is_persisted_does_not_expire()
    {
        var key = await SetAsync(First, ttl: 1);
        await Redis.KeyPersistAsync($"cachedemo:{key}");

        await AssertNothingMoreAsync();
        Assert.DoesNotContain(system.Telemetry.Spans, span => OtlpReceiver.Is(Expired, key)(span));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_key_that_redis_cli_sets_again_after_it_expired_or_was_deleted_is_reported_where_Redis_notifies(
        bool deleted)
    {
        var key = await SetAsync(First, ttl: deleted ? 60 : 1);
        if (deleted)
            await Second.SendRawAsync(HttpMethod.Delete, $"/delete/{key}");
        else
            await AssertReportedOnceAsync(key);

        // Right after, and later.
        var before = deleted ? 0 : 1;
        for (var more = 1; more <= 3; more++)
        {
            await Redis.StringSetAsync(Item(key), "y", TimeSpan.FromMilliseconds(more == 3 ? 1_500 : 100));
            await AssertEndsAsync(key, notified: before + more, silent: before);
        }
    }

    [Fact]
    public async Task Keys_that_redis_cli_sets_one_right_after_another_are_reported_once_each_where_Redis_notifies()
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
    public async Task What_one_instance_reported_is_not_reported_by_one_that_receives_the_notification_later()
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
    public async Task An_instance_that_begins_to_listen_reports_the_next_expiration_where_Redis_notifies()
    {
        var key = $"k{Guid.NewGuid():n}";
        await Redis.HashSetAsync(Heard(key), "gone", 5);
        await Redis.StringSetAsync(Item(key), "y", TimeSpan.FromMilliseconds(100));
        await IsGoneAsync(key);
        if (system.Engine.Notifies)
        {
            var seen = new List<string>();
            await Eventually.TrueAsync(
                async () =>
                {
                    var counts = await Redis.HashGetAllAsync(Heard(key));
                    var text = string.Join(' ', counts.Select(count => $"{count}"));
                    if (seen.LastOrDefault() != text)
                        seen.Add(text);
                    return counts.Length == 3 && counts.All(count => count.Value == 5);
                },
                "both instances are level with it",
                also: () => string.Join('\n', seen));
        }

        await Redis.StringSetAsync(Item(key), "y", TimeSpan.FromMilliseconds(100));
        await AssertEndsAsync(key, notified: 1, silent: 0);
    }

    [Fact]
    public async Task A_key_that_the_API_sets_right_after_one_of_redis_cli_expired_is_reported_too()
    {
        var key = await SetAsync(First, ttl: 1);
        await AssertReportedOnceAsync(key);
        await Redis.StringSetAsync(Item(key), "y", TimeSpan.FromMilliseconds(200));
        await IsGoneAsync(key);
        await SetAsync(Second, ttl: 1, key);

        await AssertEndsAsync(key, notified: 3, silent: 2);
    }

    [Theory]
    [InlineData("PERSIST")]
    [InlineData("GETEX")]
    public async Task A_key_that_is_persisted_and_then_given_a_ttl_is_reported_where_Redis_notifies(string command)
    {
        var key = await SetAsync(First, ttl: 1);
        await Redis.ExecuteAsync(
            command,
            command == "GETEX" ? [(RedisKey)Item(key), "PERSIST"] : [(RedisKey)Item(key)]);
        await AssertNothingMoreAsync();
        Assert.DoesNotContain(system.Telemetry.Spans, span => OtlpReceiver.Is(Expired, key)(span));

        await Redis.KeyExpireAsync(Item(key), TimeSpan.FromSeconds(1));
        await AssertEndsAsync(key, notified: 1, silent: 0);
        if (system.Engine.Notifies)
            Assert.Equal(
                (await system.Telemetry.SpanAsync("cache.set", key)).SpanId,
                Assert.Single((await system.Telemetry.SpanAsync(Expired, key)).Links).SpanId);
    }

    [Fact]
    public async Task A_key_that_redis_cli_renames_copies_or_restores_expires_and_one_of_another_type_as_well()
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
        Assert.DoesNotContain(system.Telemetry.Spans, span => OtlpReceiver.Is(Expired, renamed)(span));
    }

    [Fact]
    public async Task A_key_that_looks_like_the_record_of_another_is_a_key_of_its_own()
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

        await AssertReportedOnceAsync(key);
        await AssertNothingMoreAsync(key);
        Assert.DoesNotContain(
            system.Telemetry.Spans,
            span => alike.Any(other => OtlpReceiver.Is(Expired, other)(span)));
        foreach (var other in alike)
            Assert.Equal(HttpStatusCode.OK, (await First.GetAnswerAsync($"/get/{Uri.EscapeDataString(other)}")).Status);
    }

    [Fact]
    public async Task What_a_killed_instance_set_is_reported_once_by_the_other()
    {
        var doomed = await ServiceProcess.StartApiAsync(system.Engine.ConnectionString, system.Telemetry);
        await using var _ = doomed;
        // Long enough that a busy machine kills it before the first of them expires.
        var keys = await CacheClient.SetManyAsync(1_000, ttl: 10, doomed.Client);
        // A set that was a 503 has a span too, and was done again.
        await system.Telemetry.SpansAsync(
            span => IsTheirs(span, "cache.set") && span.Status is not ActivityStatusCode.Error, "sets", keys.Count);
        doomed.Kill();

        bool IsTheirs(OtlpSpan span, string name) =>
            span.Name == name && keys.Contains((string)span.Attributes.Of("cache.key")!);
        var expired = await system.Telemetry.SpansAsync(span => IsTheirs(span, Expired), "ends", keys.Count);
        await AssertNothingMoreAsync();
        Assert.Equal(keys.Count, system.Telemetry.Spans.Count(span => IsTheirs(span, Expired)));

        var sets = system
            .Telemetry.Spans.Where(span => IsTheirs(span, "cache.set"))
            .ToLookup(span => span.Attributes.Of("cache.key"), span => span.SpanId);
        Assert.All(
            expired,
            span => Assert.Contains(Assert.Single(span.Links).SpanId, sets[span.Attributes.Of("cache.key")]));
    }

    /// <summary>Sets a key, a new one if none is given.</summary>
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
    /// So many expirations of the key are reported where Redis notifies, so many where it does not, and no more by the
    /// time that later keys have expired.
    /// </summary>
    private Task AssertEndsAsync(string key, int notified, int silent) => AssertEndsAsync([key], notified, silent);

    private async Task AssertEndsAsync(string[] keys, int notified, int silent)
    {
        var ends = system.Engine.Notifies ? notified : silent;
        foreach (var key in keys)
        {
            await IsGoneAsync(key);
            await system.Telemetry.SpansAsync(OtlpReceiver.Is(Expired, key), $"ends of {key}", ends);
        }

        await AssertNothingMoreAsync(seconds: 1);
        Assert.All(
            keys,
            key =>
            {
                var expired = system.Telemetry.Spans.Where(OtlpReceiver.Is(Expired, key)).ToList();
                Assert.True(
                    expired.Count == ends,
                    $"{ends} ends, and reported: "
                        + string.Join(
                            "; ",
                            expired.Select(span =>
                                $"{span.StartTime:mm:ss.fff} by {span.Origin.Instance}, span {span.SpanId}, "
                                    + $"{span.Attributes}"
                            )));
            });
    }

    /// <summary>The expiration of this key is reported, so far once.</summary>
    private Task<OtlpSpan> AssertReportedOnceAsync(string key) => system.Telemetry.SpanAsync(Expired, key);

    /// <summary>
    /// Waits until a key that is set now has expired and was reported: by then all that expired before it were.
    /// </summary>
    private async Task AssertNothingMoreAsync(params string[] once)
    {
        await AssertNothingMoreAsync(seconds: 2);
        foreach (var key in once)
            Assert.Single(system.Telemetry.Spans, span => OtlpReceiver.Is(Expired, key)(span));
    }

    private async Task AssertNothingMoreAsync(int seconds)
    {
        foreach (var key in await Task.WhenAll(SetAsync(First, seconds), SetAsync(Second, seconds)))
            await AssertReportedOnceAsync(key);
    }
}

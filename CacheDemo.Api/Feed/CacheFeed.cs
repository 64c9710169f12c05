using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Net.ServerSentEvents;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Threading.Channels;
using CacheDemo.Api.Cache;
using CacheDemo.Api.Diagnostics;
using CacheDemo.Api.Redis;
using Microsoft.Extensions.Options;
using StackExchange.Redis;

namespace CacheDemo.Api.Feed;

/// <summary>
/// Passes on what happens, from every instance to the viewers of every instance, over Redis's publish and subscribe. While
/// nobody watches, a request only reads a field; under load or with many viewers, samples with counts are passed on; a viewer
/// that does not keep up loses the oldest events, and slows nobody.
/// </summary>
internal sealed class CacheFeed : BackgroundService
{
    private const int MaxUnread = 1_000, MaxRemembered = 1_000;

    /// <summary>Events that all viewers of an instance together are sent in a second: each is a write of some 10 microseconds.</summary>
    private const int DeliveriesPerSecond = 5_000;

    private static readonly TimeSpan Tick = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan SayWatched = TimeSpan.FromSeconds(2);

    /// <summary>What this instance publishes it hears itself. Where it has not for so long, its viewers see nothing.</summary>
    private static readonly TimeSpan Unheard = TimeSpan.FromSeconds(6);

    /// <summary>An instance goes on passing on for so long after it last heard that somebody watches: a viewer may come back.</summary>
    private static readonly TimeSpan WatchedFor = TimeSpan.FromSeconds(30);

    /// <summary>How the stream writes JSON.</summary>
    public static readonly FeedJson Json = new(new JsonSerializerOptions(FeedJson.Default.Options)
    {
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    });

    private readonly IConnectionMultiplexer _redis;
    private readonly RedisState _state;
    private readonly RedisLoop _loop;
    private readonly CacheKeys _keys;
    private readonly CacheInstance _instance;
    private readonly TimeProvider _clock;
    private readonly IOptions<FeedOptions> _options;
    private readonly int[] _uncounted = new int[Enum.GetValues<FeedType>().Length];
    private readonly Channel<FeedEvent> _waiting;
    private readonly ConcurrentDictionary<Channel<SseItem<string>>, byte> _viewers = [];
    private readonly ConcurrentDictionary<string, (int Viewers, long HeardAt)> _watching = [];
    private readonly Lock _rememberedLock = new();
    private readonly Queue<FeedItem> _remembered = [];
    private readonly HashSet<string> _rememberedIds = [];
    private readonly Dictionary<string, string> _latest = [];
    private FeedItem[]? _unsent;
    private long _watchedUntil;
    private long _saidAt;
    private long _published;
    private long _heardAt;
    private bool _subscribed;
    private string? _notLive;
    private double _allowance;
    private long _allowedAt = Stopwatch.GetTimestamp();

    public CacheFeed(
        IConnectionMultiplexer redis, RedisState state, RedisLoop loop, CacheKeys keys, CacheInstance instance, TimeProvider clock,
        IOptions<FeedOptions> options, IOptions<CacheOptions> cache)
    {
        (_redis, _state, _loop, _keys, _instance, _clock, _options) = (redis, state, loop, keys, instance, clock, options);
        // What more happens before the next tick is only counted: a request should not pay for what few will see.
        _waiting = Channel.CreateBounded<FeedEvent>(new BoundedChannelOptions(Waiting) { SingleReader = true });

        SendLimits(cache.Value);
        SendState();
        state.Changed += _ => SendState();
    }

    private int Waiting => 10 * _options.Value.EventsPerTick;

    /// <summary>Whether anybody watches, on any instance.</summary>
    public bool IsWatched => Volatile.Read(ref _watchedUntil) is var until && until != 0 && Stopwatch.GetTimestamp() < until;

    /// <summary>Whether anybody watches this instance.</summary>
    public bool HasViewers => !_viewers.IsEmpty;

    /// <summary>
    /// Sends a named event to the viewers of this instance, and the latest of each name to every one that comes. Such events have
    /// no id: those that a viewer missed are not sent again.
    /// </summary>
    public void Send(string name, string json)
    {
        lock (_rememberedLock)
        {
            _latest[name] = json;
            foreach (var (viewer, _) in _viewers)
                viewer.Writer.TryWrite(new SseItem<string>(json, name));
        }
    }

    /// <summary>Forgets the latest event of a name, as it is of the past.</summary>
    public void Forget(string name)
    {
        lock (_rememberedLock)
            _latest.Remove(name);
    }

    /// <summary>Passes an event on; never waits.</summary>
    public void Publish(FeedType type, string key, int? ttl, TimeSpan? took, string? reason = null)
    {
        var happened = new FeedEvent(
            type, key, _clock.GetUtcNow(), ttl, took?.TotalMilliseconds,
            Activity.Current is { Recorded: true } activity ? activity.TraceId.ToString() : null, _instance.Id, reason);
        if (!_waiting.Writer.TryWrite(happened))
            Interlocked.Increment(ref _uncounted[(int)type]);
    }

    /// <summary>Adds a viewer; null when there are as many as may be.</summary>
    /// <param name="after">The id of the last event it has seen; what is remembered of later ones comes first.</param>
    public Channel<SseItem<string>>? Watch(string? after)
    {
        if (_viewers.Count >= _options.Value.MaxViewers)
            return null;

        var viewer = Channel.CreateBounded<SseItem<string>>(
            new BoundedChannelOptions(MaxUnread) { FullMode = BoundedChannelFullMode.DropOldest, SingleReader = true });
        lock (_rememberedLock)
        {
            foreach (var item in string.IsNullOrEmpty(after) ? [] : _remembered.SkipWhile(item => item.Id != after).Skip(1))
                viewer.Writer.TryWrite(Sse(item));
            foreach (var (name, json) in _latest)
                viewer.Writer.TryWrite(new SseItem<string>(json, name));
            _viewers[viewer] = 0;
        }

        _ = _loop.TryAsync("saying that somebody watches", StayWatchedAsync);
        return viewer;
    }

    /// <summary>Removes a viewer.</summary>
    public void Leave(Channel<SseItem<string>> viewer) => _viewers.TryRemove(viewer, out _);

    protected override Task ExecuteAsync(CancellationToken stoppingToken) => _loop.EveryAsync(
        "passing on events", Tick, StepAsync, stoppingToken);

    private async Task StepAsync()
    {
        try
        {
            if (!_subscribed)
            {
                await _redis.GetSubscriber().SubscribeOnceAsync(_keys.Feed, Receive);
                await _redis.GetSubscriber().SubscribeOnceAsync(_keys.Control, Obey);
                (_subscribed, _heardAt) = (true, Stopwatch.GetTimestamp());
            }

            if (HasViewers && Stopwatch.GetElapsedTime(_saidAt) > SayWatched)
                await StayWatchedAsync();
            await PassOnAsync();
        }
        catch (Exception e) when (RedisFailure.IsAway(e))
        {
            if (RedisFailure.IsRefusal(e))
                Live(RedisFailure.Classify(e).Detail);
            throw;
        }

        if (!HasViewers)
            _heardAt = Stopwatch.GetTimestamp();
        var heard = Stopwatch.GetElapsedTime(Volatile.Read(ref _heardAt)) < Unheard;
        Live(heard ? null : "What is published to Redis does not come back.");
        // A right that was taken away also took the subscription.
        _subscribed = heard;
    }

    private void Live(string? problem)
    {
        if (problem == _notLive)
            return;
        _notLive = problem;
        SendState();
    }

    private void SendLimits(CacheOptions cache) => Send("limits", JsonSerializer.Serialize(
        new FeedLimits(cache.MaxKeyBytes, cache.MaxValueBytes, cache.MaxTtl, cache.DefaultTtl), Json.FeedLimits));

    private void SendState()
    {
        var status = _state.Current;
        Send("state", JsonSerializer.Serialize(
            new FeedState(status.Connected ? "connected" : "away", status.Reason, status.Since, _notLive is null, _notLive),
            Json.FeedState));
    }

    private void Obey(RedisChannel channel, RedisValue message)
    {
        if (((string?)message)?.Split(' ') is ["watch", var instance, var viewers] && int.TryParse(viewers, CultureInfo.InvariantCulture, out var count))
        {
            if (instance == _instance.Id)
                Volatile.Write(ref _heardAt, Stopwatch.GetTimestamp());
            Watched(instance, count);
        }
    }

    private Task StayWatchedAsync()
    {
        _saidAt = Stopwatch.GetTimestamp();
        var viewers = _viewers.Count;
        Watched(_instance.Id, viewers);
        return _redis.GetSubscriber().PublishAsync(
            _keys.Control, string.Create(CultureInfo.InvariantCulture, $"watch {_instance.Id} {viewers}"));
    }

    private void Watched(string instance, int viewers)
    {
        var now = Stopwatch.GetTimestamp();
        _watching[instance] = (viewers, now);
        Volatile.Write(ref _watchedUntil, now + (long)(WatchedFor.TotalSeconds * Stopwatch.Frequency));
    }

    // As many events as the instance with the most viewers can send to all of them.
    private int Allowed()
    {
        var most = 1;
        foreach (var (instance, (viewers, heardAt)) in _watching)
        {
            if (Stopwatch.GetElapsedTime(heardAt) > WatchedFor)
                _watching.TryRemove(instance, out _);
            else
                most = Math.Max(most, viewers);
        }

        var now = Stopwatch.GetTimestamp();
        var earned = Stopwatch.GetElapsedTime(_allowedAt, now).TotalSeconds * DeliveriesPerSecond / most;
        (_allowance, _allowedAt) = (Math.Min(_options.Value.EventsPerTick, _allowance + earned), now);
        return (int)_allowance;
    }

    private async Task PassOnAsync()
    {
        // What Redis did not take is tried again; whoever had it all the same knows it by its id.
        _unsent ??= Next();
        if (_unsent is null)
            return;

        await _redis.GetSubscriber().PublishAsync(_keys.Feed, JsonSerializer.SerializeToUtf8Bytes(_unsent, Json.FeedItemArray));
        _unsent = null;
    }

    private FeedItem[]? Next()
    {
        var most = Allowed();
        if (most < 1)
            return null;

        var happened = new List<FeedEvent>();
        while (happened.Count < Waiting && _waiting.Reader.TryRead(out var next))
            happened.Add(next);
        if (happened.Count == 0)
            return null;

        var items = Sample(happened, most)
            .Select(e => new FeedItem($"{_instance.Id}-{Interlocked.Increment(ref _published)}", JsonSerializer.Serialize(e, Json.FeedEvent)))
            .ToArray();
        _allowance -= items.Length;
        return items;
    }

    // Of each type its share of what may be passed on, spread evenly; the last one stands for all that were left out.
    private IEnumerable<FeedEvent> Sample(List<FeedEvent> happened, int most)
    {
        if (happened.Count <= most && _uncounted.All(uncounted => uncounted == 0))
            return happened;

        return happened.GroupBy(e => e.Type).SelectMany(group =>
        {
            var events = group.ToList();
            var total = events.Count + Interlocked.Exchange(ref _uncounted[(int)group.Key], 0);
            var take = Math.Clamp(most * events.Count / happened.Count, 1, events.Count);
            return Enumerable.Range(0, take).Select(i => events[i * events.Count / take] with
            {
                Count = (total / take) + (i < total % take ? 1 : 0),
            });
        }).OrderBy(e => e.At);
    }

    private void Receive(RedisChannel channel, RedisValue message)
    {
        FeedItem[] items;
        try
        {
            items = JsonSerializer.Deserialize((byte[]?)message, Json.FeedItemArray) ?? [];
        }
        catch (JsonException)
        {
            return; // anybody may publish there
        }

        lock (_rememberedLock)
        {
            foreach (var item in items.Where(item => _rememberedIds.Add(item.Id)))
            {
                _remembered.Enqueue(item);
                if (_remembered.Count > MaxRemembered)
                    _rememberedIds.Remove(_remembered.Dequeue().Id);
                foreach (var (viewer, _) in _viewers)
                    viewer.Writer.TryWrite(Sse(item));
            }
        }
    }

    private static SseItem<string> Sse(FeedItem item) => new(item.Json) { EventId = item.Id };
}

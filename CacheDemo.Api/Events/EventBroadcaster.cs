using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Net.ServerSentEvents;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Threading.Channels;
using CacheDemo.Api.Diagnostics;
using CacheDemo.Api.Keyspace;
using CacheDemo.Redis;
using Microsoft.Extensions.Options;
using StackExchange.Redis;

namespace CacheDemo.Api.Events;

/// <summary>
/// Broadcasts cache events from every instance to the viewers of every instance, over publish and subscribe of Redis.
/// Without viewers, an operation only reads a field. Under load, or with many viewers, samples with counts are sent. A
/// viewer that does not keep up loses the oldest events.
/// </summary>
internal sealed class EventBroadcaster : BackgroundService, ICacheEventSubscriber
{
    private const int MaxUnread = 1_000, MaxRemembered = 1_000;

    /// <summary>
    /// Events that an instance sends to all its viewers together in a second: each is a write of some 10 µs.
    /// </summary>
    private const int DeliveriesPerSecond = 5_000;

    private static readonly TimeSpan Tick = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan UnwatchedTick = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan AnnounceInterval = TimeSpan.FromSeconds(2);

    /// <summary>
    /// An instance receives what it publishes. Where it has not for so long, its viewers receive nothing.
    /// </summary>
    private static readonly TimeSpan ReceiveTimeout = TimeSpan.FromSeconds(6);

    /// <summary>How long after the last announcement of viewers events are published: a viewer may come back.</summary>
    private static readonly TimeSpan WatchedFor = TimeSpan.FromSeconds(30);

    /// <summary>The JSON of the stream.</summary>
    public static readonly EventsJson Json = new(new JsonSerializerOptions(EventsJson.Default.Options)
    {
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    });

    private readonly IConnectionMultiplexer _redis;
    private readonly RedisConnectionState _state;
    private readonly BackgroundWork _work;
    private readonly CacheKeys _keys;
    private readonly CacheInstance _instance;
    private readonly TimeProvider _clock;
    private readonly IOptions<EventsOptions> _options;
    private readonly EventSampler _sampler = new();
    private readonly Channel<EventMessage> _waiting;
    private readonly ConcurrentDictionary<Channel<SseItem<string>>, byte> _viewers = [];
    private readonly ConcurrentDictionary<string, (int Viewers, long AnnouncedAt)> _viewersOfInstances = [];
    private readonly Lock _rememberedLock = new();
    private readonly Queue<SerializedEvent> _remembered = [];
    private readonly HashSet<string> _rememberedIds = [];
    private readonly Dictionary<string, string> _latest = [];
    private readonly SemaphoreSlim _wake = new(0);
    private SerializedEvent[]? _unsent;
    private long _watchedUntil;
    private long _announcedAt;
    private long _published;
    private long _receivedAt;
    private bool _subscribed;
    private string? _notLive;
    private double _allowance;
    private long _allowedAt = Stopwatch.GetTimestamp();

    public EventBroadcaster(
        IConnectionMultiplexer redis,
        RedisConnectionState state,
        BackgroundWork work,
        CacheKeys keys,
        CacheInstance instance,
        TimeProvider clock,
        IOptions<EventsOptions> options,
        IOptions<CacheOptions> cache)
    {
        (_redis, _state, _work, _keys, _instance, _clock, _options) = (
            redis,
            state,
            work,
            keys,
            instance,
            clock,
            options);
        // More events before the next tick are only counted.
        _waiting = Channel.CreateBounded<EventMessage>(new BoundedChannelOptions(Waiting) { SingleReader = true });

        SendLimits(cache.Value);
        SendState();
        state.Changed += _ => SendState();
    }

    private int Waiting => 10 * _options.Value.EventsPerTick;

    /// <summary>Whether any instance has a viewer.</summary>
    public bool IsWatched =>
        Volatile.Read(ref _watchedUntil) is var until && until != 0 && Stopwatch.GetTimestamp() < until;

    /// <summary>Raised when this instance has a new viewer.</summary>
    public event Action? ViewerAdded;

    /// <summary>Whether this instance has a viewer.</summary>
    public bool HasViewers => !_viewers.IsEmpty;

    /// <summary>
    /// Sends a named event to the viewers of this instance, and the latest of each name to every new one. Those that a
    /// viewer missed are not sent again.
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

    /// <summary>Forgets the latest event of a name, so that new viewers do not receive it.</summary>
    public void Forget(string name)
    {
        lock (_rememberedLock)
            _latest.Remove(name);
    }

    /// <inheritdoc />
    public void OnEvent(in CacheEvent cacheEvent)
    {
        if (!IsWatched || TypeOf(cacheEvent) is not { } type)
            return;

        var message = new EventMessage(
            type, cacheEvent.Key, _clock.GetUtcNow(), cacheEvent.Ttl, cacheEvent.Duration?.TotalMilliseconds,
            Activity.Current is { Recorded: true } activity ? activity.TraceId.ToString() : null, _instance.Id,
            cacheEvent.MissReason);
        if (!_waiting.Writer.TryWrite(message))
            _sampler.LeaveOut(type);
    }

    private static CacheEventType? TypeOf(in CacheEvent cacheEvent) => cacheEvent.Operation switch
    {
        CacheOperation.Get => cacheEvent.Found ? CacheEventType.Hit : CacheEventType.Miss,
        CacheOperation.Set => CacheEventType.Set,
        CacheOperation.Touch when cacheEvent.Found => CacheEventType.Touched,
        CacheOperation.Delete when cacheEvent.Found => CacheEventType.Deleted,
        CacheOperation.Expire => CacheEventType.Expired,
        _ => null,
    };

    /// <summary>Adds a viewer; null where there are <see cref="EventsOptions.MaxViewers"/>.</summary>
    /// <param name="after">
    /// The last id that it received; later events that are remembered come first. The named events that every viewer
    /// receives at once have the id of the latest event, so that it can also be continued after those.
    /// </param>
    public Channel<SseItem<string>>? AddViewer(string? after)
    {
        if (_viewers.Count >= _options.Value.MaxViewers)
            return null;

        var viewer = Channel.CreateBounded<SseItem<string>>(
            new BoundedChannelOptions(MaxUnread) { FullMode = BoundedChannelFullMode.DropOldest, SingleReader = true });
        var beginning = $"{_instance.Id}-0"; // before the first event
        lock (_rememberedLock)
        {
            foreach (var item in after == beginning ? _remembered : _remembered.SkipWhile(e => e.Id != after).Skip(1))
                viewer.Writer.TryWrite(Sse(item));
            var last = _remembered.LastOrDefault()?.Id ?? beginning;
            foreach (var (name, json) in _latest)
                viewer.Writer.TryWrite(new SseItem<string>(json, name) { EventId = last });
            _viewers[viewer] = 0;
        }

        ViewerAdded?.Invoke();
        _ = _work.TryAsync("announcing viewers", AnnounceViewersAsync);
        return viewer;
    }

    /// <summary>Removes a viewer.</summary>
    public void RemoveViewer(Channel<SseItem<string>> viewer) => _viewers.TryRemove(viewer, out _);

    protected override Task ExecuteAsync(CancellationToken stoppingToken) => _work.RepeatAsync(
        "broadcasting events", StepAsync, Tick, stoppingToken, _wake);

    // Returns the time until the next step.
    private async Task<TimeSpan> StepAsync()
    {
        try
        {
            if (!_subscribed)
            {
                await _redis.GetSubscriber().SubscribeOnceAsync(_keys.Events, OnEvents);
                await _redis.GetSubscriber().SubscribeOnceAsync(_keys.Control, OnControlMessage);
                (_subscribed, _receivedAt) = (true, Stopwatch.GetTimestamp());
            }

            if (HasViewers && Stopwatch.GetElapsedTime(_announcedAt) > AnnounceInterval)
                await AnnounceViewersAsync();
            await PublishNextAsync();
        }
        catch (Exception e) when (RedisFailure.IsRedisFault(e))
        {
            if (RedisFailure.IsRefusal(e))
                SetLive(RedisFailure.Classify(e).Detail);
            throw;
        }

        if (!HasViewers)
            _receivedAt = Stopwatch.GetTimestamp();
        var received = Stopwatch.GetElapsedTime(Volatile.Read(ref _receivedAt)) < ReceiveTimeout;
        SetLive(received ? null : "What is published to Redis does not come back.");
        // Where a right was revoked, the subscription ended too.
        _subscribed = received;
        return IsWatched ? Tick : UnwatchedTick;
    }

    private void SetLive(string? problem)
    {
        if (problem == _notLive)
            return;
        _notLive = problem;
        SendState();
    }

    private void SendLimits(CacheOptions cache) => Send("limits", JsonSerializer.Serialize(
        new LimitsMessage(cache.MaxKeyBytes, cache.MaxValueBytes, cache.MaxTtl, cache.DefaultTtl), Json.LimitsMessage));

    // Read and sent under one lock: of two changes on two threads, the later one is sent last.
    private void SendState()
    {
        lock (_rememberedLock)
        {
            var status = _state.Current;
            var notLive = _notLive ?? (status.Connected ? null : "Redis is away.");
            Send(
                "state",
                JsonSerializer.Serialize(
                    new StateMessage(
                        status.Connected ? "connected" : "away",
                        status.Reason,
                        status.Since,
                        notLive is null,
                        notLive),
                    Json.StateMessage));
        }
    }

    private void OnControlMessage(RedisChannel channel, RedisValue message)
    {
        if (((string?)message)?.Split(' ') is ["watch", var instance, var viewers]
            && int.TryParse(viewers, CultureInfo.InvariantCulture, out var count))
        {
            if (instance == _instance.Id)
                Volatile.Write(ref _receivedAt, Stopwatch.GetTimestamp());
            OnViewers(instance, count);
        }
    }

    private Task AnnounceViewersAsync()
    {
        _announcedAt = Stopwatch.GetTimestamp();
        var viewers = _viewers.Count;
        OnViewers(_instance.Id, viewers);
        return _redis.GetSubscriber().PublishAsync(
            _keys.Control, string.Create(CultureInfo.InvariantCulture, $"watch {_instance.Id} {viewers}"));
    }

    private void OnViewers(string instance, int viewers)
    {
        var now = Stopwatch.GetTimestamp();
        _viewersOfInstances[instance] = (viewers, now);
        var wasWatched = IsWatched;
        Volatile.Write(ref _watchedUntil, now + (long)(WatchedFor.TotalSeconds * Stopwatch.Frequency));
        if (!wasWatched)
            _wake.Release();
    }

    // As many events as the instance with the most viewers can send to all of its viewers.
    private int Allowed()
    {
        var most = 1;
        foreach (var (instance, (viewers, announcedAt)) in _viewersOfInstances)
        {
            if (Stopwatch.GetElapsedTime(announcedAt) > WatchedFor)
                _viewersOfInstances.TryRemove(instance, out _);
            else
                most = Math.Max(most, viewers);
        }

        var now = Stopwatch.GetTimestamp();
        var earned = Stopwatch.GetElapsedTime(_allowedAt, now).TotalSeconds * DeliveriesPerSecond / most;
        (_allowance, _allowedAt) = (Math.Min(_options.Value.EventsPerTick, _allowance + earned), now);
        return (int)_allowance;
    }

    private async Task PublishNextAsync()
    {
        // What Redis did not accept is sent again; receivers drop duplicates by id.
        _unsent ??= Next();
        if (_unsent is null)
            return;

        await _redis.GetSubscriber().PublishAsync(
            _keys.Events, JsonSerializer.SerializeToUtf8Bytes(_unsent, Json.SerializedEventArray));
        _unsent = null;
    }

    private SerializedEvent[]? Next()
    {
        var most = Allowed();
        if (most < 1)
            return null;

        var waiting = new List<EventMessage>();
        while (waiting.Count < Waiting && _waiting.Reader.TryRead(out var next))
            waiting.Add(next);
        if (waiting.Count == 0)
            return null;

        var items = _sampler.Sample(waiting, most)
            .Select(e => new SerializedEvent(
                $"{_instance.Id}-{Interlocked.Increment(ref _published)}",
                JsonSerializer.Serialize(e, Json.EventMessage)))
            .ToArray();
        _allowance -= items.Length;
        return items;
    }

    private void OnEvents(RedisChannel channel, RedisValue message)
    {
        SerializedEvent[] items;
        try
        {
            items = JsonSerializer.Deserialize((byte[]?)message, Json.SerializedEventArray) ?? [];
        }
        catch (JsonException)
        {
            return; // another client published there
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

    private static SseItem<string> Sse(SerializedEvent item) => new(item.Json) { EventId = item.Id };
}

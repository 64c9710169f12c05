using System.Collections.Concurrent;
using System.Diagnostics;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Threading.Channels;
using CacheDemo.Api.Cache;
using CacheDemo.Api.Diagnostics;
using Microsoft.Extensions.Options;
using StackExchange.Redis;

namespace CacheDemo.Api.Feed;

/// <summary>
/// Passes on what happens, from every instance to the viewers of every instance, over Redis's publish and subscribe. While
/// nobody watches, a request only reads a field; under load, samples with counts are passed on; a viewer that does not keep up
/// loses the oldest events, and slows nobody.
/// </summary>
internal sealed class CacheFeed : BackgroundService
{
    private const int MaxWaiting = 4_096, MaxUnread = 1_000, MaxRemembered = 1_000;
    private static readonly TimeSpan Tick = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan SayWatched = TimeSpan.FromSeconds(2);

    /// <summary>An instance goes on passing on for so long after it last heard that somebody watches: a viewer may come back.</summary>
    private static readonly TimeSpan WatchedFor = TimeSpan.FromSeconds(30);

    private static readonly FeedJson Json = new(new JsonSerializerOptions(FeedJson.Default.Options)
    {
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    });

    private readonly IConnectionMultiplexer _redis;
    private readonly CacheKeys _keys;
    private readonly CacheInstance _instance;
    private readonly TimeProvider _clock;
    private readonly IOptions<FeedOptions> _options;
    private readonly int[] _uncounted = new int[Enum.GetValues<FeedType>().Length];
    private readonly Channel<FeedEvent> _waiting = Channel.CreateBounded<FeedEvent>(new BoundedChannelOptions(MaxWaiting) { SingleReader = true });
    private readonly ConcurrentDictionary<Channel<FeedItem>, byte> _viewers = [];
    private readonly Lock _rememberedLock = new();
    private readonly Queue<FeedItem> _remembered = [];
    private long _watchedUntil;
    private long _saidAt;
    private long _published;

    public CacheFeed(IConnectionMultiplexer redis, CacheKeys keys, CacheInstance instance, TimeProvider clock, IOptions<FeedOptions> options)
    {
        (_redis, _keys, _instance, _clock, _options) = (redis, keys, instance, clock, options);
    }

    /// <summary>Whether anybody watches, on any instance.</summary>
    public bool IsWatched => Volatile.Read(ref _watchedUntil) is var until && until != 0 && Stopwatch.GetTimestamp() < until;

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
    public Channel<FeedItem>? Watch(string? after)
    {
        if (_viewers.Count >= _options.Value.MaxViewers)
            return null;

        var viewer = Channel.CreateBounded<FeedItem>(
            new BoundedChannelOptions(MaxUnread) { FullMode = BoundedChannelFullMode.DropOldest, SingleReader = true });
        lock (_rememberedLock)
        {
            foreach (var item in string.IsNullOrEmpty(after) ? [] : _remembered.SkipWhile(item => item.Id != after).Skip(1))
                viewer.Writer.TryWrite(item);
            _viewers[viewer] = 0;
        }

        StayWatched();
        return viewer;
    }

    /// <summary>Removes a viewer.</summary>
    public void Leave(Channel<FeedItem> viewer) => _viewers.TryRemove(viewer, out _);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var untraced = Untraced.Begin();
        using var timer = new PeriodicTimer(Tick);
        var subscribed = false;
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            try
            {
                if (!subscribed)
                {
                    await SubscribeAsync();
                    subscribed = true;
                }

                if (!_viewers.IsEmpty && Stopwatch.GetElapsedTime(_saidAt) > SayWatched)
                    StayWatched();
                await PassOnAsync();
            }
            catch (Exception e) when (e is RedisException or RedisTimeoutException)
            {
                // Redis is away; so is the cache, and there is nothing to pass on.
            }
        }
    }

    private async Task SubscribeAsync()
    {
        var subscriber = _redis.GetSubscriber();
        await subscriber.SubscribeAsync(_keys.Feed, (_, message) => Receive(message));
        await subscriber.SubscribeAsync(_keys.Control, (_, message) =>
        {
            if (message == "watch")
                Volatile.Write(ref _watchedUntil, Stopwatch.GetTimestamp() + (long)(WatchedFor.TotalSeconds * Stopwatch.Frequency));
        });
    }

    private void StayWatched()
    {
        _saidAt = Stopwatch.GetTimestamp();
        Volatile.Write(ref _watchedUntil, _saidAt + (long)(WatchedFor.TotalSeconds * Stopwatch.Frequency));
        _redis.GetSubscriber().Publish(_keys.Control, "watch", CommandFlags.FireAndForget);
    }

    private async Task PassOnAsync()
    {
        var happened = new List<FeedEvent>();
        while (happened.Count < MaxWaiting && _waiting.Reader.TryRead(out var next))
            happened.Add(next);
        if (happened.Count == 0)
            return;

        var items = Sample(happened)
            .Select(e => new FeedItem($"{_instance.Id}-{Interlocked.Increment(ref _published)}", JsonSerializer.Serialize(e, Json.FeedEvent)))
            .ToArray();
        await _redis.GetSubscriber().PublishAsync(_keys.Feed, JsonSerializer.SerializeToUtf8Bytes(items, Json.FeedItemArray));
    }

    // Of each type its share of what may be passed on, spread evenly; the last one stands for all that were left out.
    private IEnumerable<FeedEvent> Sample(List<FeedEvent> happened)
    {
        var most = _options.Value.EventsPerTick;
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

    private void Receive(RedisValue message)
    {
        if (JsonSerializer.Deserialize((byte[])message!, Json.FeedItemArray) is not { } items)
            return;

        lock (_rememberedLock)
        {
            foreach (var item in items)
            {
                _remembered.Enqueue(item);
                if (_remembered.Count > MaxRemembered)
                    _remembered.Dequeue();
                foreach (var (viewer, _) in _viewers)
                    viewer.Writer.TryWrite(item);
            }
        }
    }
}

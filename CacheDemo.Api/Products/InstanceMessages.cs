using System.Collections.Concurrent;
using System.Diagnostics;
using System.Text.Json;
using CacheDemo.Api.Diagnostics;
using CacheDemo.Api.Expiration;
using CacheDemo.Api.Keyspace;
using CacheDemo.Redis;
using StackExchange.Redis;

namespace CacheDemo.Api.Products;

/// <summary>A message from one instance to all, itself included.</summary>
/// <param name="Type">What it is.</param>
/// <param name="From">The instance.</param>
/// <param name="Body">What it says.</param>
/// <param name="Receipt">What an instance answers when it has handled it; null where nobody waits for that.</param>
internal sealed record InstanceMessage(string Type, string From, JsonElement Body, string? Receipt = null)
{
    /// <summary>The body as a type; null where another client sent something else.</summary>
    public T? As<T>()
    {
        try
        {
            return Body.ValueKind is JsonValueKind.Undefined
                ? default
                : Body.Deserialize<T>(JsonSerializerOptions.Web);
        }
        catch (JsonException)
        {
            return default;
        }
    }
}

/// <summary>Messages between the instances, over publish and subscribe of Redis.</summary>
/// <remarks>
/// Messages are lost while there is no connection, without a sign to who should have received them: see
/// <see cref="Since"/>.
/// </remarks>
internal sealed class InstanceMessages : BackgroundService
{
    private const string Probe = "probe", Handled = "handled";

    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(1), Interval = TimeSpan.FromSeconds(1);

    private readonly IConnectionMultiplexer _redis;
    private readonly ConnectionVerification _verification;
    private readonly CacheInstance _instance;
    private readonly InstanceHeartbeat _instances;
    private readonly BackgroundWork _work;
    private readonly TimeProvider _clock;
    private readonly RedisChannel _channel;
    private readonly ConcurrentDictionary<string, Receipts> _receipts = new();
    private readonly Lock _changing = new();
    private Task? _connecting;
    private TaskCompletionSource? _probed;
    private int _losses;
    private volatile bool _listening;

    public InstanceMessages(
        IConnectionMultiplexer redis, ConnectionVerification verification, CacheKeys keys, CacheInstance instance,
        InstanceHeartbeat instances, BackgroundWork work, TimeProvider clock)
    {
        (_redis, _verification, _instance, _instances, _work, _clock) =
            (redis, verification, instance, instances, work, clock);
        _channel = RedisChannel.Literal(keys.Products + "messages");
        redis.ConnectionFailed += (_, _) => Lose();
        redis.ConnectionRestored += (_, _) =>
        {
            if (_losses > 0)
                _ = ListenAsync();
        };
    }

    /// <summary>Raised for each message, on a thread of the client of Redis.</summary>
    public event Action<InstanceMessage>? Received;

    /// <summary>Since when none was lost; the beginning of time where that never happened.</summary>
    public DateTimeOffset Since { get; private set; } = DateTimeOffset.MinValue;

    // There PUBLISH counts the subscribers of one node only. An instance that was killed counts as up for some seconds.
    private bool IsCluster => _redis.GetServers().Any(server => server.ServerType is ServerType.Cluster);

    /// <summary>
    /// Subscribes where that was not done, and returns whether messages arrive. It waits for one second at most, and
    /// goes on in the background.
    /// </summary>
    public async ValueTask<bool> ListenAsync()
    {
        if (_listening)
            return true;

        Task connecting;
        lock (_changing)
            connecting = _connecting is { IsCompleted: false } ? _connecting : _connecting = ConnectAsync();
        await Task.WhenAny(connecting, Task.Delay(Timeout));
        return _listening;
    }

    /// <summary>Counts messages as lost, as where Redis is down for the lab.</summary>
    public void Lose()
    {
        lock (_changing)
            (_listening, _losses) = (false, _losses + 1);
    }

    /// <summary>Sends a message.</summary>
    /// <exception cref="RedisException">Redis does not answer, or must not be used.</exception>
    /// <returns>How many instances receive it.</returns>
    public async Task<long> PublishAsync<T>(string type, T body, string? receipt = null)
    {
        _verification.ThrowIfRefused();
        var message = new InstanceMessage(
            type, _instance.Id, JsonSerializer.SerializeToElement(body, JsonSerializerOptions.Web), receipt);
        return await _redis.GetSubscriber().PublishAsync(
            _channel, JsonSerializer.Serialize(message, JsonSerializerOptions.Web));
    }

    /// <summary>Sends a message and waits until every instance has handled it, or for so long.</summary>
    /// <returns>The instances that have.</returns>
    /// <exception cref="RedisException">Redis does not answer.</exception>
    public async Task<IReadOnlyCollection<string>> PublishAndWaitAsync<T>(string type, T body, TimeSpan timeout)
    {
        var receipt = $"{Guid.NewGuid():n}";
        var handled = _receipts[receipt] = new Receipts();
        try
        {
            var sent = await PublishAsync(type, body, receipt);
            handled.Expect(IsCluster ? Math.Max(sent, await _instances.CountAsync()) : sent);
            await handled.Complete.WaitAsync(timeout);
        }
        catch (TimeoutException) when (handled.IsExpecting)
        {
            // One of them was killed, or is late.
        }
        finally
        {
            _receipts.TryRemove(receipt, out _);
        }

        return handled.Instances;
    }

    /// <inheritdoc />
    protected override Task ExecuteAsync(CancellationToken stoppingToken) =>
        _work.EveryAsync("listening to other instances", Interval, async () => await ListenAsync(), stoppingToken);

    // A subscription counts when a message of its own has arrived.
    private Task ConnectAsync() => _work.TryAsync("listening to other instances", async () =>
    {
        _verification.ThrowIfRefused();
        var probed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        int losses;
        lock (_changing)
            (_probed, losses) = (probed, _losses);
        var startedAt = _clock.GetUtcNow();
        await _redis.GetSubscriber().SubscribeOnceAsync(_channel, OnMessage).WaitAsync(Timeout);
        await PublishAsync(Probe, _instance.Id).WaitAsync(Timeout);
        await probed.Task.WaitAsync(Timeout);
        lock (_changing)
        {
            // Where the connection was lost meanwhile, the next attempt finds whether messages arrive.
            if (losses != _losses)
                return;
            if (losses > 0)
                Since = startedAt;
            _listening = true;
        }
    });

    private void OnMessage(RedisChannel channel, RedisValue text)
    {
        InstanceMessage? message;
        try
        {
            message = JsonSerializer.Deserialize<InstanceMessage>((string)text!, JsonSerializerOptions.Web);
        }
        catch (JsonException)
        {
            return; // another client published there
        }

        if (message is { Type: Probe })
        {
            if (message.From == _instance.Id)
                _probed?.TrySetResult();
        }
        else if (message is { Type: Handled })
        {
            if (message.Receipt is not null && _receipts.TryGetValue(message.Receipt, out var handled))
                handled.Add(message.From);
        }
        else if (message is { Type: not null })
        {
            Received?.Invoke(message);
            if (message.Receipt is not null)
                _ = _work.TryAsync("answering other instances", () => PublishAsync(Handled, "", message.Receipt));
        }
    }

    /// <summary>The instances that have handled a message.</summary>
    private sealed class Receipts
    {
        private readonly TaskCompletionSource _complete = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly HashSet<string> _instances = [];
        private long _expected = long.MaxValue;

        public Task Complete => _complete.Task;

        public bool IsExpecting => _expected != long.MaxValue;

        public IReadOnlyCollection<string> Instances
        {
            get
            {
                lock (_instances)
                    return [.. _instances];
            }
        }

        public void Add(string instance)
        {
            lock (_instances)
            {
                _instances.Add(instance);
                Check();
            }
        }

        public void Expect(long count)
        {
            lock (_instances)
            {
                _expected = count;
                Check();
            }
        }

        private void Check()
        {
            if (_instances.Count >= _expected)
                _complete.TrySetResult();
        }
    }
}

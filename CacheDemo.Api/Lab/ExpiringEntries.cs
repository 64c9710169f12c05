using System.Diagnostics;
using System.Text.Json;
using CacheDemo.Api.Diagnostics;
using CacheDemo.Api.Events;
using CacheDemo.Api.Keyspace;
using CacheDemo.Api.Products;
using CacheDemo.Redis;
using StackExchange.Redis;

namespace CacheDemo.Api.Lab;

/// <summary>
/// Sets a thousand entries at once, and reads each from the database when it has expired: without jitter that is all of
/// them together. Progress and result are named events of the stream.
/// </summary>
internal sealed class ExpiringEntries
{
    /// <summary>How many entries there are.</summary>
    public const int Count = 1_000;

    private const string Progress = "expiry", Result = "expiryResult", Watched = "expiry-watched";

    /// <summary>How many read the database at once: as many connections a driver's pool usually has.</summary>
    private const int Connections = 100;

    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(250);

    /// <summary>Reads of a database that is slow get so much longer.</summary>
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(5);

    /// <summary>A run that nobody has watched for so long is cancelled.</summary>
    private static readonly TimeSpan UnwatchedFor = TimeSpan.FromSeconds(3);

    private readonly IConnectionMultiplexer _redis;
    private readonly ProductService _products;
    private readonly InstanceMessages _messages;
    private readonly EventBroadcaster _broadcaster;
    private readonly BackgroundWork _work;
    private readonly LabRun _run;
    private readonly string _prefix;
    private readonly CancellationToken _stopping;
    private long _watchedAt;

    public ExpiringEntries(
        IConnectionMultiplexer redis, ProductService products, InstanceMessages messages, EventBroadcaster broadcaster,
        BackgroundWork work, LabRun run, CacheKeys keys, IHostApplicationLifetime lifetime)
    {
        (_redis, _products, _messages, _broadcaster, _work, _run) =
            (redis, products, messages, broadcaster, work, run);
        (_prefix, _stopping) = ($"{keys.Products}expiry:", lifetime.ApplicationStopping);
        messages.Received += OnMessage;
    }

    /// <summary>Sets the entries, begins to read them and returns the name of the run.</summary>
    /// <exception cref="RedisRefusedException">Redis is away.</exception>
    public async Task<string> BeginAsync(int seconds, int jitter)
    {
        if (!await _messages.ListenAsync())
            throw new RedisRefusedException(RedisFailure.Unreachable);
        var longest = TimeSpan.FromSeconds(seconds + jitter) + Grace;
        var run = await _run.BeginAsync(longest + Grace);
        try
        {
            var ends = Enumerable.Range(0, Count)
                .Select(_ => TimeSpan.FromSeconds(seconds + (jitter * Random.Shared.NextDouble()))).ToList();
            var redis = _redis.GetDatabase();
            var reads = new ExpiringReads(run, ends, longest);
            await Task.WhenAll(ends.Select((end, entry) => redis.StringSetAsync(KeyOf(entry), run, end)));
            _ = _work.TryAsync("entries that expire", () => FollowAsync(reads, longest), _stopping);
            return run;
        }
        catch
        {
            await _run.EndAsync(run);
            throw;
        }
    }

    private RedisKey KeyOf(int entry) => $"{_prefix}{entry}";

    private async Task FollowAsync(ExpiringReads reads, TimeSpan longest)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(_stopping);
        stop.CancelAfter(longest);
        Volatile.Write(ref _watchedAt, Stopwatch.GetTimestamp());
        var cancelled = false;
        try
        {
            // A trace for each read would be all that the dashboard shows.
            using var span = LabRun.StartUntraced("lab.expiry");
            using var connections = new SemaphoreSlim(Connections);
            var done = Task.WhenAll(
                Enumerable.Range(0, Count).Select(entry => ReadAsync(reads, entry, connections, stop.Token)));
            while (await Task.WhenAny(done, Task.Delay(Interval, CancellationToken.None)) != done)
            {
                await TellAsync(Progress, reads.Message(false));
                if (cancelled || Stopwatch.GetElapsedTime(Volatile.Read(ref _watchedAt)) < UnwatchedFor)
                    continue;
                cancelled = true;
                await stop.CancelAsync();
            }

            await done;
        }
        finally
        {
            var sum = reads.Message(cancelled || _stopping.IsCancellationRequested);
            // First: whoever receives the result may begin the next experiment.
            await _run.EndAsync(reads.Run);
            if (!await TellAsync(Result, sum))
                Show(Result, sum);
        }
    }

    private async Task ReadAsync(ExpiringReads reads, int entry, SemaphoreSlim connections, CancellationToken stop)
    {
        try
        {
            if (reads.TimeLeft(entry) is { Ticks: > 0 } left)
                await Task.Delay(left, stop);
            while (await IsThereAsync(entry))
                await Task.Delay(TimeSpan.FromMilliseconds(5), stop);
            await reads.CountAsync(async () =>
            {
                await connections.WaitAsync(stop);
                try
                {
                    await _products.GetUncachedAsync((entry % Product.FirstCount) + 1);
                }
                finally
                {
                    connections.Release();
                }
            });
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
        }
    }

    // When it has expired, Redis decides. While it is away, reads go to the database.
    private async Task<bool> IsThereAsync(int entry)
    {
        try
        {
            return await _redis.GetDatabase().KeyExistsAsync(KeyOf(entry));
        }
        catch (Exception e) when (RedisFailure.IsRedisFault(e))
        {
            return false;
        }
    }

    private Task<bool> TellAsync(string type, ExpiryMessage message) =>
        _work.TryAsync("entries that expire", () => _messages.PublishAsync(type, message));

    private void Show(string name, ExpiryMessage sum)
    {
        _broadcaster.Send(name, JsonSerializer.Serialize(sum, LabJson.Default.ExpiryMessage));
        // For those who watch it now: whoever comes later has not seen it begin.
        _broadcaster.Forget(name);
    }

    private void OnMessage(InstanceMessage message)
    {
        switch (message.Type)
        {
            case Progress or Result when message.As<ExpiryMessage>() is { } sum:
                Show(message.Type, sum);
                if (_broadcaster.HasViewers && message.Type == Progress)
                    _ = _work.TryAsync("entries that expire", () => _messages.PublishAsync(Watched, sum.Run));
                break;
            case Watched:
                Volatile.Write(ref _watchedAt, Stopwatch.GetTimestamp());
                break;
        }
    }
}

/// <summary>The reads of one run, counted by the time they began.</summary>
internal sealed class ExpiringReads
{
    private const int StepMs = 250;

    private readonly long _started = Stopwatch.GetTimestamp();
    private readonly IReadOnlyList<TimeSpan> _ends;
    private readonly int[] _endsByStep, _readsByStep;
    private readonly LatencyHistogram _latencies = new();
    private int _failed;

    /// <param name="run">The run.</param>
    /// <param name="ends">When each entry expires, after the start.</param>
    /// <param name="longest">How long the run is.</param>
    public ExpiringReads(string run, IReadOnlyList<TimeSpan> ends, TimeSpan longest)
    {
        (Run, _ends) = (run, ends);
        _endsByStep = new int[StepOf(longest) + 1];
        _readsByStep = new int[_endsByStep.Length];
        foreach (var end in ends)
            _endsByStep[StepOf(end)]++;
    }

    /// <summary>The run.</summary>
    public string Run { get; }

    private TimeSpan Elapsed => Stopwatch.GetElapsedTime(_started);

    /// <summary>How long an entry has left.</summary>
    public TimeSpan TimeLeft(int entry) => _ends[entry] - Elapsed;

    /// <summary>Reads, and counts that.</summary>
    public async Task CountAsync(Func<Task> read)
    {
        var started = Stopwatch.GetTimestamp();
        Interlocked.Increment(ref _readsByStep[Math.Min(StepOf(Elapsed), _readsByStep.Length - 1)]);
        try
        {
            await read();
            _latencies.Add(Stopwatch.GetElapsedTime(started).TotalMilliseconds);
        }
        catch (DatabaseAwayException)
        {
            Interlocked.Increment(ref _failed);
        }
    }

    /// <summary>What they have met so far.</summary>
    public ExpiryMessage Message(bool cancelled) => new(
        Run, Elapsed.TotalSeconds, StepMs, _endsByStep, [.. _readsByStep], Volatile.Read(ref _failed),
        _latencies.Quantile(0.5), _latencies.Quantile(0.99), cancelled);

    private static int StepOf(TimeSpan time) => (int)(time.TotalMilliseconds / StepMs);
}

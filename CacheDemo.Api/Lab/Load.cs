using System.Collections.Concurrent;
using System.Diagnostics;
using System.Text.Json;
using CacheDemo.Api.Diagnostics;
using CacheDemo.Api.Events;
using CacheDemo.Api.Products;
using CacheDemo.Redis;

namespace CacheDemo.Api.Lab;

/// <summary>
/// Lets readers read in all instances for some seconds; progress and result are named events of the stream.
/// </summary>
internal sealed class Load : IDisposable
{
    private const string Begin = "load-begin", Stop = "load-stop", Part = "load-part";
    private const string Progress = "load", Result = "loadResult";

    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(500), AnswerTimeout = TimeSpan.FromSeconds(1);

    /// <summary>Readers of an instance that is slow get so much longer.</summary>
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(5);

    /// <summary>A load that nobody has watched for so long is cancelled.</summary>
    private static readonly TimeSpan UnwatchedFor = TimeSpan.FromSeconds(3);

    /// <summary>Progress that nothing follows is forgotten then: the instance that sent it was killed.</summary>
    private static readonly TimeSpan RememberedFor = TimeSpan.FromSeconds(5);

    private readonly ProductService _products;
    private readonly InstanceMessages _messages;
    private readonly EventBroadcaster _broadcaster;
    private readonly CacheInstance _instance;
    private readonly BackgroundWork _work;
    private readonly LabRun _run;
    private readonly CancellationToken _stopping;
    private readonly ITimer _forget;
    private readonly ConcurrentDictionary<string, CancellationTokenSource> _reading = new();
    private readonly ConcurrentDictionary<string, ConcurrentDictionary<string, LoadPart>> _parts = new();

    public Load(
        ProductService products, InstanceMessages messages, EventBroadcaster broadcaster, CacheInstance instance,
        BackgroundWork work, LabRun run, IHostApplicationLifetime lifetime, TimeProvider clock)
    {
        (_products, _messages, _broadcaster, _instance, _work, _run, _stopping) =
            (products, messages, broadcaster, instance, work, run, lifetime.ApplicationStopping);
        _forget = clock.CreateTimer(
            _ => broadcaster.Forget(Progress), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        messages.Received += OnMessage;
    }

    /// <summary>Begins a load on every instance and returns the name of the run.</summary>
    /// <exception cref="RedisRefusedException">Redis is away.</exception>
    public async Task<string> BeginAsync(int readers, int seconds, double writes, double skew)
    {
        if (!await _messages.ListenAsync())
            throw new RedisRefusedException(RedisFailure.Unreachable);
        var run = await _run.BeginAsync(TimeSpan.FromSeconds(seconds) + Grace + Grace);
        try
        {
            var instances = await _messages.PublishAndWaitAsync("load-prepare", run, AnswerTimeout);
            if (instances.Count == 0)
                throw new RedisRefusedException(RedisFailure.Unreachable);
            var plan = new LoadPlan(run, Stampede.Shares(readers, instances), seconds, writes, skew);
            _ = _work.TryAsync("a load", () => CoordinateAsync(plan), _stopping);
            return run;
        }
        catch
        {
            await _run.EndAsync(run);
            throw;
        }
    }

    /// <inheritdoc />
    public void Dispose() => _forget.Dispose();

    private async Task CoordinateAsync(LoadPlan plan)
    {
        var parts = _parts[plan.Run] = new();
        var (started, watchedAt) = (Stopwatch.GetTimestamp(), Stopwatch.GetTimestamp());
        var longest = TimeSpan.FromSeconds(plan.Seconds) + Grace;
        var cancelled = true; // until it has begun
        try
        {
            await _messages.PublishAsync(Begin, plan);
            cancelled = false;
            while (Stopwatch.GetElapsedTime(started) < longest && !AreDone())
            {
                await Task.Delay(Interval, _stopping);
                if (_broadcaster.HasViewers || parts.Values.Any(part => part.HasViewers))
                    watchedAt = Stopwatch.GetTimestamp();
                await TellAsync(Progress, Sum(false));
                if (!cancelled && Stopwatch.GetElapsedTime(watchedAt) > UnwatchedFor)
                    cancelled = await TellAsync(Stop, plan.Run);
            }
        }
        finally
        {
            _parts.TryRemove(plan.Run, out _);
            // The next one may begin when the lock is released: no reader of this one goes on then.
            if (!AreDone())
                await TellAsync(Stop, plan.Run);
            var sum = Sum(cancelled || _stopping.IsCancellationRequested);
            if (!await TellAsync(Result, sum))
                Show(Result, sum);
            await _run.EndAsync(plan.Run);
        }

        bool AreDone() => parts.Count >= plan.Readers.Count && parts.Values.All(part => part.Done);

        LoadMessage Sum(bool isCancelled) => new(
            plan.Run, Stopwatch.GetElapsedTime(started).TotalSeconds, parts.Count,
            parts.Values.Sum(part => part.Writes),
            LanePart.Sum([.. parts.Values.Select(part => part.Cached)]),
            LanePart.Sum([.. parts.Values.Select(part => part.Uncached)]), isCancelled);
    }

    // What one message of a load meets does not end the load.
    private Task<bool> TellAsync<T>(string type, T body) =>
        _work.TryAsync("a load", () => _messages.PublishAsync(type, body));

    private void Show(string name, LoadMessage sum)
    {
        _broadcaster.Send(name, JsonSerializer.Serialize(sum, LabJson.Default.LoadMessage));
        // For those who watched it: whoever comes later has not seen it begin.
        if (name == Result)
        {
            _broadcaster.Forget(Progress);
            _broadcaster.Forget(Result);
        }

        _forget.Change(name == Progress ? RememberedFor : Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    private void OnMessage(InstanceMessage message)
    {
        switch (message.Type)
        {
            case Begin when message.As<LoadPlan>() is { } plan
                && plan.Readers.TryGetValue(_instance.Id, out var readers):
                _ = _work.TryAsync("a load", () => ReadAsync(plan, Math.Min(readers, 200)), _stopping);
                break;
            case Stop when message.As<string>() is { } run && _reading.TryGetValue(run, out var reading):
                _ = reading.CancelAsync();
                break;
            case Part when message.As<LoadPart>() is { } part && _parts.TryGetValue(part.Run, out var parts):
                parts[message.From] = part;
                break;
            case Progress or Result when message.As<LoadMessage>() is { } sum:
                Show(message.Type, sum);
                break;
        }
    }

    private async Task ReadAsync(LoadPlan plan, int readers)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(_stopping);
        stop.CancelAfter(TimeSpan.FromSeconds(Math.Clamp(plan.Seconds, 1, 30)));
        _reading[plan.Run] = stop;
        try
        {
            var reading = new LoadReaders(_products, plan, readers);
            var done = reading.RunAsync(stop.Token);
            while (await Task.WhenAny(done, Task.Delay(Interval, CancellationToken.None)) != done)
                await TellAsync(Part, Now(false));
            await done;
            await TellAsync(Part, Now(true));

            LoadPart Now(bool isDone) => reading.Part(_broadcaster.HasViewers, isDone);
        }
        finally
        {
            _reading.TryRemove(plan.Run, out _);
        }
    }
}

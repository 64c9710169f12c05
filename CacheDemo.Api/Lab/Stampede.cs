using System.Collections.Concurrent;
using System.Diagnostics;
using CacheDemo.Api.Diagnostics;
using CacheDemo.Api.Products;
using CacheDemo.Redis;

namespace CacheDemo.Api.Lab;

/// <summary>
/// Lets many readers read one product that nothing has cached, in all instances at once, and collects what each met.
/// </summary>
internal sealed class Stampede
{
    private const string Prepare = "stampede-prepare", Go = "stampede-go", Done = "stampede-done";

    private static readonly TimeSpan PrepareTimeout = TimeSpan.FromSeconds(1), Timeout = TimeSpan.FromSeconds(15);

    /// <summary>From the message to the first reader: all instances have it by then, and their readers wait.</summary>
    private static readonly TimeSpan Delay = TimeSpan.FromMilliseconds(300);

    private readonly ProductService _products;
    private readonly InstanceMessages _messages;
    private readonly CacheInstance _instance;
    private readonly BackgroundWork _work;
    private readonly LabRun _run;
    private readonly TimeProvider _clock;
    private readonly ConcurrentDictionary<string, Results> _collecting = new();

    public Stampede(
        ProductService products, InstanceMessages messages, CacheInstance instance, BackgroundWork work, LabRun run,
        TimeProvider clock)
    {
        (_products, _messages, _instance, _work, _run, _clock) = (products, messages, instance, work, run, clock);
        messages.Received += OnMessage;
    }

    private sealed record Preparation(int Id);

    private sealed record Start(
        string Run, int Id, string Protection, IReadOnlyDictionary<string, int> Readers, DateTimeOffset At,
        string? TraceParent);

    private sealed record Result(string Run, IReadOnlyList<StampedeReader> Readers);

    private sealed record Results(
        ConcurrentDictionary<string, IReadOnlyList<StampedeReader>> Readers, int Expected,
        TaskCompletionSource Complete);

    /// <summary>Runs a stampede on every instance and returns what each reader saw.</summary>
    /// <exception cref="RedisRefusedException">Redis is away, or no instance answers.</exception>
    public async Task<StampedeResponse> RunAsync(int id, int readers, string protection)
    {
        if (!await _messages.ListenAsync())
            throw new RedisRefusedException(RedisFailure.Unreachable);
        var run = await _run.BeginAsync(Timeout + PrepareTimeout);
        try
        {
            await _products.ForgetAsync(id);
            var instances = await ForgetInMemoryAsync(id);
            if (instances.Count == 0)
                throw new RedisRefusedException(RedisFailure.Unreachable);
            var shares = Shares(readers, instances);
            var results = _collecting[run] = new Results(
                new(), shares.Count, new(TaskCreationOptions.RunContinuationsAsynchronously));
            await _messages.PublishAsync(Go, new Start(
                run, id, protection, shares, _clock.GetUtcNow() + Delay, Activity.Current?.Id));
            await Task.WhenAny(results.Complete.Task, Task.Delay(Timeout));
            var all = results.Readers.Values.SelectMany(reader => reader).OrderBy(reader => reader.Start).ToList();
            var loads = shares.Keys.ToDictionary(
                instance => instance,
                instance => all.Count(reader => reader.Instance == instance && reader.Source == "database"));
            return new StampedeResponse(all, loads, loads.Values.Sum());
        }
        finally
        {
            _collecting.TryRemove(run, out _);
            await _run.EndAsync(run);
        }
    }

    /// <summary>Removes a product from the memory of all instances, and returns those that have.</summary>
    public Task<IReadOnlyCollection<string>> ForgetInMemoryAsync(int id) =>
        _messages.PublishAndWaitAsync(Prepare, new Preparation(id), PrepareTimeout);

    /// <summary>Divides readers among instances, as equally as it goes.</summary>
    public static IReadOnlyDictionary<string, int> Shares(int readers, IReadOnlyCollection<string> instances) =>
        instances.Order(StringComparer.Ordinal)
        .Select((instance, i) => (instance, share: (readers + instances.Count - 1 - i) / instances.Count))
        .Where(part => part.share > 0)
        .ToDictionary(part => part.instance, part => part.share);

    private void OnMessage(InstanceMessage message)
    {
        if (message.Type == Prepare && message.As<Preparation>() is { } preparation)
        {
            _products.ForgetHere(preparation.Id);
        }
        else if (message.Type == Go && message.As<Start>() is { } start
            && start.Readers.TryGetValue(_instance.Id, out var readers))
        {
            _ = _work.TryAsync("a stampede", () => ReadAsync(start, Math.Min(readers, 200)));
        }
        else if (message.Type == Done && message.As<Result>() is { } result
            && _collecting.TryGetValue(result.Run, out var results))
        {
            results.Readers[message.From] = result.Readers;
            if (results.Readers.Count == results.Expected)
                results.Complete.TrySetResult();
        }
    }

    private async Task ReadAsync(Start start, int readers)
    {
        // The readers belong to the trace of the request, on whichever instance that was.
        ActivityContext.TryParse(start.TraceParent, null, isRemote: true, out var parent);
        using var span = CacheDiagnostics.Source.StartActivity("lab.readers", ActivityKind.Internal, parent);
        var go = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        long began = 0;
        var all = Enumerable.Range(0, readers).Select(_ => Task.Run(async () =>
        {
            await go.Task;
            return await ReadOnceAsync(start, Volatile.Read(ref began));
        })).ToList();
        // At the same time everywhere, as far as the clocks agree.
        var left = start.At - _clock.GetUtcNow();
        await Task.Delay(left < TimeSpan.Zero ? TimeSpan.Zero : left > 2 * Delay ? 2 * Delay : left);
        Volatile.Write(ref began, Stopwatch.GetTimestamp());
        go.SetResult();
        await _messages.PublishAsync(Done, new Result(start.Run, await Task.WhenAll(all)));
    }

    private async Task<StampedeReader> ReadOnceAsync(Start start, long began)
    {
        var (at, started) = (Stopwatch.GetElapsedTime(began).TotalMilliseconds, Stopwatch.GetTimestamp());
        string source;
        try
        {
            var answer = start.Protection == "none"
                ? await _products.GetUnprotectedAsync(start.Id)
                : await _products.GetAsync(start.Id, acrossInstances: start.Protection == "distributed");
            source = answer.Source;
        }
        catch (DatabaseAwayException)
        {
            source = "failed";
        }

        return new StampedeReader(_instance.Id, at, Stopwatch.GetElapsedTime(started).TotalMilliseconds, source);
    }
}

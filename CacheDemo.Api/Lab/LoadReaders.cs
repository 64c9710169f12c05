using System.Diagnostics;
using CacheDemo.Api.Diagnostics;
using CacheDemo.Api.Products;

namespace CacheDemo.Api.Lab;

/// <summary>The readers of a load in this instance, and what they have met so far.</summary>
internal sealed class LoadReaders(ProductService products, LoadPlan plan, int readers)
{
    /// <summary>Each reader reads so often: how fast a lane answers does not change how many reads there are.</summary>
    private static readonly TimeSpan Pace = TimeSpan.FromMilliseconds(100);

    /// <summary>How many products they read, from the first one on.</summary>
    private const int Products = 100;

    private readonly SkewedChoice _choice = new(Products, plan.Skew);
    private readonly LatencyHistogram _cached = new(), _uncached = new();
    private readonly long[] _levels = new long[Enum.GetValues<CacheLevel>().Length];
    private long _writes, _stale, _cachedFailed, _uncachedFailed;

    /// <summary>What they have met so far.</summary>
    public LoadPart Part(bool hasViewers, bool done) => new(
        plan.Run, hasViewers, done, Volatile.Read(ref _writes),
        new LanePart(
            [.. _cached.Counts], Volatile.Read(ref _cachedFailed), _levels[(int)CacheLevel.Memory],
            _levels[(int)CacheLevel.Redis], _levels[(int)CacheLevel.Database], Volatile.Read(ref _stale)),
        new LanePart([.. _uncached.Counts], Volatile.Read(ref _uncachedFailed), 0, 0, _uncached.Count, 0));

    /// <summary>Reads until it is stopped.</summary>
    public async Task RunAsync(CancellationToken stop)
    {
        // A trace for each read would be all that the dashboard shows.
        using var span = LabRun.StartUntraced("lab.load");
        await Task.WhenAll(Enumerable.Range(0, readers).Select(_ => ReadAsync(stop)));
    }

    private async Task ReadAsync(CancellationToken stop)
    {
        try
        {
            await Task.Delay(Pace * Random.Shared.NextDouble(), stop);
            while (!stop.IsCancellationRequested)
            {
                var started = Stopwatch.GetTimestamp();
                var id = _choice.Choose(Random.Shared.NextDouble());
                if (Random.Shared.NextDouble() < plan.Writes)
                    await WriteAsync(id);
                else
                    await Task.WhenAll(ReadCachedAsync(id), ReadUncachedAsync(id));
                if (Pace - Stopwatch.GetElapsedTime(started) is { Ticks: > 0 } rest)
                    await Task.Delay(rest, stop);
            }
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
        }
    }

    private async Task WriteAsync(int id)
    {
        try
        {
            await products.SetPriceAsync(id, Random.Shared.Next(100, 20_000) / 100m);
            Interlocked.Increment(ref _writes);
        }
        catch (DatabaseAwayException)
        {
            Interlocked.Increment(ref _cachedFailed);
        }
    }

    private async Task ReadCachedAsync(int id)
    {
        try
        {
            var answer = await products.GetAsync(id);
            _cached.Add(answer.Ms.Total);
            Interlocked.Increment(ref _levels[(int)answer.Level]);
            if (answer.IsStale)
                Interlocked.Increment(ref _stale);
        }
        catch (DatabaseAwayException)
        {
            Interlocked.Increment(ref _cachedFailed);
        }
    }

    private async Task ReadUncachedAsync(int id)
    {
        var started = Stopwatch.GetTimestamp();
        try
        {
            await products.GetUncachedAsync(id);
            _uncached.Add(Stopwatch.GetElapsedTime(started).TotalMilliseconds);
        }
        catch (DatabaseAwayException)
        {
            Interlocked.Increment(ref _uncachedFailed);
        }
    }
}

/// <summary>A load, as all instances are told of it.</summary>
/// <param name="Run">Which one.</param>
/// <param name="Readers">How many readers each instance has.</param>
/// <param name="Seconds">How long they read.</param>
/// <param name="Writes">The share of reads that change the price instead.</param>
/// <param name="Skew">How unequally products are read.</param>
internal sealed record LoadPlan(
    string Run, IReadOnlyDictionary<string, int> Readers, int Seconds, double Writes, double Skew);

/// <summary>What the readers of one instance have met so far.</summary>
/// <param name="Run">Of which load.</param>
/// <param name="HasViewers">Whether somebody watches the stream of that instance.</param>
/// <param name="Done">Whether they have ended.</param>
/// <param name="Writes">Prices that they changed.</param>
/// <param name="Cached">Their reads through the cache.</param>
/// <param name="Uncached">The same reads without it.</param>
internal sealed record LoadPart(
    string Run, bool HasViewers, bool Done, long Writes, LanePart Cached, LanePart Uncached);

/// <summary>The reads of one lane in one instance.</summary>
/// <param name="Latencies">The counts of a <see cref="LatencyHistogram"/>.</param>
/// <param name="Failed">How many were not answered.</param>
/// <param name="Memory">How many memory answered.</param>
/// <param name="Redis">How many Redis answered.</param>
/// <param name="Database">How many the database answered.</param>
/// <param name="Stale">How many had expired.</param>
internal sealed record LanePart(
    IReadOnlyList<long> Latencies, long Failed, long Memory, long Redis, long Database, long Stale)
{
    /// <summary>The reads of all instances.</summary>
    public static LaneMessage Sum(IReadOnlyCollection<LanePart> parts)
    {
        var latencies = new LatencyHistogram();
        foreach (var part in parts)
            latencies.Add(part.Latencies);
        return new LaneMessage(
            latencies.Count, parts.Sum(part => part.Failed), latencies.Quantile(0.5), latencies.Quantile(0.99),
            parts.Sum(part => part.Memory), parts.Sum(part => part.Redis), parts.Sum(part => part.Database),
            parts.Sum(part => part.Stale));
    }
}

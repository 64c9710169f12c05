using System.Collections.Concurrent;
using System.Diagnostics;
using System.Text;

namespace CacheDemo.Bench.Faults;

/// <summary>An answer, or 0 where the connection failed, and how long it took.</summary>
internal readonly record struct Answer(int Status, TimeSpan Took);

/// <summary>
/// Clients that set a key of their own and get it, in turn, at a steady pace whatever is answered: 500 requests a
/// second.
/// </summary>
internal sealed class FaultClients(HttpClient client)
{
    /// <summary>How many there are.</summary>
    public const int Count = 32;

    private static readonly TimeSpan Pace = TimeSpan.FromMilliseconds(64);

    private readonly ConcurrentQueue<Answer> _answers = new();
    private readonly ConcurrentBag<string> _written = [];

    /// <summary>The keys whose set was answered 200.</summary>
    public IReadOnlyCollection<string> Written => _written;

    /// <summary>Runs them until they are stopped.</summary>
    public Task RunAsync(CancellationToken stop) =>
        Task.WhenAll(Enumerable.Range(0, Count).Select(number => AskAsync(number, stop)));

    /// <summary>Sets a key.</summary>
    public Task<Answer> SetAsync(string key) => TimedAsync(() => client.PostAsync(
        "/api/set",
        new StringContent($$"""{"key":"{{key}}","value":"x","ttl":3600}""", Encoding.UTF8, "application/json")));

    /// <summary>Gets a key.</summary>
    public Task<Answer> GetAsync(string key) => TimedAsync(() => client.GetAsync($"/api/get/{key}"));

    /// <summary>The answers since the last call.</summary>
    public IReadOnlyList<Answer> Take()
    {
        List<Answer> taken = [];
        while (_answers.TryDequeue(out var answer))
            taken.Add(answer);
        return taken;
    }

    private async Task AskAsync(int number, CancellationToken stop)
    {
        using var timer = new PeriodicTimer(Pace);
        try
        {
            for (var i = 0; await timer.WaitForNextTickAsync(stop); i++)
            {
                var (key, isSet) = ($"fault-{number}-{i / 2}", i % 2 == 0);
                var answer = isSet ? await SetAsync(key) : await GetAsync(key);
                _answers.Enqueue(answer);
                if (isSet && answer.Status == 200)
                    _written.Add(key);
            }
        }
        catch (OperationCanceledException)
        {
            // It is over.
        }
    }

    private static async Task<Answer> TimedAsync(Func<Task<HttpResponseMessage>> ask)
    {
        var started = Stopwatch.GetTimestamp();
        try
        {
            using var response = await ask();
            return new((int)response.StatusCode, Stopwatch.GetElapsedTime(started));
        }
        catch (HttpRequestException)
        {
            return new(0, Stopwatch.GetElapsedTime(started));
        }
    }
}

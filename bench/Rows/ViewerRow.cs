using CacheDemo.Bench.Figures;
using CacheDemo.Bench.Load;
using CacheDemo.Bench.Processes;

namespace CacheDemo.Bench.Rows;

/// <summary>What one viewer of the event stream costs.</summary>
internal sealed class ViewerRow : BenchRow
{
    private const string None = "without a viewer", One = "with one viewer";

    public override string Name => "viewer";

    public override string Description => "GET /get/{key}, hits, with one viewer of the event stream, against none";

    public override async Task RunAsync(Run run)
    {
        var redis = await run.Servers.RedisAsync();
        await Entries.WriteAsync(redis);
        var api = await run.Servers.ApiAsync(redis.Endpoint);
        var none = new Contender(None, api.Url($"/get/{Entries.Key}"), api.Process) { Contains = Entries.Value };
        var one = none with { Name = One, Meanwhile = stop => Viewer.OpenAsync(api, stop) };
        var measured = await Rounds.RunAsync(run, Name, none, one);
        run.Report.Add(measured[One].Line($"GET, hits, {One}, against none", measured[None], Bar.AtLeast(0.95)));
    }

    /// <summary>Reads the event stream and keeps nothing.</summary>
    private sealed class Viewer(HttpClient client, Task reading, CancellationTokenSource leaving) : IAsyncDisposable
    {
        public static async Task<IAsyncDisposable> OpenAsync(Server api, CancellationToken stop)
        {
            var client = new HttpClient();
            var leaving = CancellationTokenSource.CreateLinkedTokenSource(stop);
            var stream = await client.GetStreamAsync(api.Url("/events"), leaving.Token);
            return new Viewer(client, stream.CopyToAsync(Stream.Null, leaving.Token), leaving);
        }

        public async ValueTask DisposeAsync()
        {
            await leaving.CancelAsync();
            await reading.ContinueWith(_ => { }, TaskScheduler.Default);
            client.Dispose();
            leaving.Dispose();
        }
    }
}

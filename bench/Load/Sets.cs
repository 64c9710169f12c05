using System.Text;
using CacheDemo.Bench.Processes;

namespace CacheDemo.Bench.Load;

/// <summary>Sets many keys through the API, each once.</summary>
internal static class Sets
{
    /// <summary>Sets them, at the instances in turn.</summary>
    /// <exception cref="BenchException">A set was not answered 200.</exception>
    public static async Task RunAsync(
        IReadOnlyList<Server> apis,
        string prefix,
        int count,
        int timeToLive,
        CancellationToken stop)
    {
        using var client = new HttpClient();
        await Parallel.ForEachAsync(
            Enumerable.Range(0, count),
            new ParallelOptions { MaxDegreeOfParallelism = 32, CancellationToken = stop },
            async (i, cancel) =>
            {
                var body = $$"""{"key":"{{prefix}}-{{i}}","value":"12345","ttl":{{timeToLive}}}""";
                using var response = await client.PostAsync(
                    apis[i % apis.Count].Url("/set"),
                    new StringContent(body, Encoding.UTF8, "application/json"),
                    cancel);
                if (!response.IsSuccessStatusCode)
                    throw new BenchException($"A set was answered {(int)response.StatusCode}");
            });
    }
}

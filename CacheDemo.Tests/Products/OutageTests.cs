using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using CacheDemo.Tests.Support;

namespace CacheDemo.Tests.Products;

/// <summary>Redis is killed, and the database taken away, while clients read and write over three instances.</summary>
[Collection<ProductsOnRedisCollection>]
public sealed class OutageTests(ThreeInstances<RedisEngine> system)
{
    private static readonly TimeSpan Away = TimeSpan.FromSeconds(5);

    [Fact]
    public async Task No_read_and_no_write_is_a_500_while_Redis_and_the_database_go_and_come_back()
    {
        var ids = Enumerable.Range(0, 10).Select(_ => ProductClient.NewId()).ToArray();
        foreach (var id in ids)
            await system.Clients[0].ReadsAsync(id);
        var answers = new ConcurrentBag<(string Phase, string Answer)>();
        var slowest = new ConcurrentDictionary<string, double>();
        var fromMemory = new ConcurrentDictionary<(string Phase, int Instance), int>();
        var answeredFor = new ConcurrentDictionary<(string Phase, int Client), TimeSpan>();
        var (phase, began) = ("both there", Stopwatch.GetTimestamp());
        using var over = new CancellationTokenSource();
        var clients = Enumerable.Range(0, 9).Select(i => Task.Run(async () =>
        {
            while (!over.IsCancellationRequested)
            {
                var (id, now, since) = (ids[Random.Shared.Next(ids.Length)], phase, began);
                var client = system.ClientsWithoutTraces[i % 3];
                var asked = Stopwatch.GetTimestamp();
                var answer = Random.Shared.Next(10) == 0
                    ? await client.PutAsync($"/products/{id}", new { price = 5 })
                    : await client.GetAnswerAsync($"/products/{id}");
                var what = answer.Response.RequestMessage!.Method == HttpMethod.Put ? "write"
                    : answer.Status is HttpStatusCode.OK
                        ? $"{answer["source"]}{(answer["stale"].GetBoolean() ? " stale" : "")}"
                    : "read";
                answers.Add((now, $"{what} {(int)answer.Status}"));
                if (what is "memory")
                    fromMemory.AddOrUpdate((now, i % 3), 1, (_, count) => count + 1);
                answeredFor[(now, i)] = Stopwatch.GetElapsedTime(since);
                var took = Stopwatch.GetElapsedTime(asked).TotalMilliseconds;
                slowest.AddOrUpdate(now, took, (_, most) => Math.Max(most, took));
                await Task.Delay(20); // the pace of a client
            }
        })).ToList();

        await CachesEverywhereAsync("both there");
        Begin("Redis killed");
        system.Engine.Server.Kill();
        await AreAnsweredAsync("Redis killed");
        await system.Engine.Server.StartAsync();
        Begin("Redis back");
        await CachesEverywhereAsync("Redis back");
        Begin("database down");
        await SetAsync(new { databaseDown = true });
        await AreAnsweredAsync("database down");
        Begin("both there again");
        await SetAsync(new { });
        await Eventually.TrueAsync(
            () => Task.FromResult(answers.Contains((phase, "memory 200"))), "products are cached again");
        await over.CancelAsync();
        await Task.WhenAll(clients);

        void Begin(string next) => (began, phase) = (Stopwatch.GetTimestamp(), next);

        Task AreAnsweredAsync(string during) => Eventually.TrueAsync(
            () => Task.FromResult(Enumerable.Range(0, 9).All(client =>
                answeredFor.GetValueOrDefault((during, client)) >= Away)),
            $"every client is answered until {Away.TotalSeconds} s later: {during}");

        async Task SetAsync(object conditions) => Assert.Equal(
            HttpStatusCode.OK, (await system.Clients[0].PutAsync("/lab/conditions", conditions)).Status);

        // Often: then all products have been read.
        Task CachesEverywhereAsync(string during) => Eventually.TrueAsync(
            () => Task.FromResult(Enumerable.Range(0, 3).All(instance =>
                fromMemory.GetValueOrDefault((during, instance)) >= 100)),
            $"every instance serves from memory: {during}");

        foreach (var of in answers.GroupBy(answer => answer.Phase))
        {
            TestContext.Current.SendDiagnosticMessage(
                $"{of.Key} (slowest {slowest[of.Key]:0} ms): "
                + string.Join(", ", of.CountBy(each => each.Answer).OrderByDescending(each => each.Value)
                    .Select(each => $"{each.Value} x {each.Key}")));
        }

        Assert.DoesNotContain(answers, answer => answer.Answer.EndsWith("500", StringComparison.Ordinal));
        Assert.All(answers, answer => Assert.Matches("(200|503)$", answer.Answer));
        Assert.Contains(("Redis killed", "database 200"), answers);
        Assert.Contains(answers, answer => answer is ("database down", "cache stale 200" or "memory stale 200"));
        Assert.DoesNotContain(answers, answer => answer is ("Redis killed", "read 503" or "write 503"));
    }
}

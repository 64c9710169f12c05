using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using CacheDemo.Tests.Support;

namespace CacheDemo.Tests.Products;

/// <summary>Redis is killed, and the database taken away, while clients read and write over three instances.</summary>
[Collection<QuietCollection>]
public sealed class OutageTests : IAsyncLifetime
{
    private static readonly TimeSpan Away = TimeSpan.FromSeconds(5);

    private readonly ThreeInstances<RedisEngine> _system = new();

    public ValueTask InitializeAsync() => _system.InitializeAsync();

    public ValueTask DisposeAsync() => _system.DisposeAsync();

    [Fact]
    public async Task No_read_and_no_write_is_a_500_while_Redis_and_the_database_go_and_come_back()
    {
        var ids = Enumerable.Range(0, 10).Select(_ => ProductClient.NewId()).ToArray();
        foreach (var id in ids)
            await _system.Clients[0].ReadsAsync(id);
        var answers = new ConcurrentBag<(string Phase, string Answer)>();
        var slowest = new ConcurrentDictionary<string, double>();
        var phase = "both there";
        using var over = new CancellationTokenSource();
        var clients = Enumerable.Range(0, 9).Select(i => Task.Run(async () =>
        {
            while (!over.IsCancellationRequested)
            {
                var (id, now) = (ids[Random.Shared.Next(ids.Length)], phase);
                var client = _system.Clients[i % 3];
                var asked = Stopwatch.GetTimestamp();
                var answer = Random.Shared.Next(10) == 0
                    ? await client.PutAsync($"/products/{id}", new { price = 5 })
                    : await client.GetAnswerAsync($"/products/{id}");
                var what = answer.Response.RequestMessage!.Method == HttpMethod.Put ? "write"
                    : answer.Status is HttpStatusCode.OK
                        ? $"{answer["source"]}{(answer["stale"].GetBoolean() ? " stale" : "")}"
                    : "read";
                answers.Add((now, $"{what} {(int)answer.Status}"));
                var took = Stopwatch.GetElapsedTime(asked).TotalMilliseconds;
                slowest.AddOrUpdate(now, took, (_, most) => Math.Max(most, took));
                await Task.Delay(20);
            }
        })).ToList();

        await Task.Delay(TimeSpan.FromSeconds(2), TestContext.Current.CancellationToken);
        phase = "Redis killed";
        _system.Engine.Server.Kill();
        await Task.Delay(Away, TestContext.Current.CancellationToken);
        await _system.Engine.Server.StartAsync();
        phase = "Redis back";
        await Task.Delay(TimeSpan.FromSeconds(3), TestContext.Current.CancellationToken);
        phase = "database down";
        await _system.Clients[0].PutAsync("/lab/conditions", new { databaseDown = true });
        await Task.Delay(Away, TestContext.Current.CancellationToken);
        phase = "both there again";
        await _system.Clients[0].PutAsync("/lab/conditions", new { });
        await Eventually.TrueAsync(
            () => Task.FromResult(answers.Contains((phase, "memory 200"))), "products are cached again");
        await over.CancelAsync();
        await Task.WhenAll(clients);

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

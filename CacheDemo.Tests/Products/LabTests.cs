using System.Net;
using System.Text;
using System.Text.Json;
using CacheDemo.Tests.Support;

namespace CacheDemo.Tests.Products;

[Collection<ProductsOnGarnetCollection>]
public class LabOnGarnet(ThreeInstances<GarnetEngine> system)
    : LabTests<GarnetEngine>(system);

[Collection<ProductsOnRedisCollection>]
public class LabOnRedis(ThreeInstances<RedisEngine> system)
    : LabTests<RedisEngine>(system);

/// <summary>The experiments, over three instances.</summary>
public abstract class LabTests<TEngine>(ThreeInstances<TEngine> system) where TEngine : Engine, new()
{
    private HttpClient First => system.Clients[0];

    // The figures of docs/cache-aside.md.
    [Theory]
    [InlineData("distributed", 1, 1)]
    [InlineData("instance", 1, 3)]
    [InlineData("none", 90, 100)]
    public async Task A_hundred_readers_of_an_expired_entry_read_the_database_as_often_as_the_protection_lets_them(
        string protection, int least, int most)
    {
        var id = ProductClient.NewId();
        foreach (var client in system.Clients)
            await client.ReadsAsync(id);
        // Longer than a busy machine may take to let all readers go.
        await SetConditionsAsync(new { databaseLatencyMs = 500 });

        var stampede = await First.PostAsync("/lab/stampede", new { id, readers = 100, protection });
        await SetConditionsAsync(new { });

        Assert.True(stampede.Status == HttpStatusCode.OK, stampede.Body);
        var readers = stampede["readers"].EnumerateArray().ToList();
        Assert.Equal(100, readers.Count);
        Assert.Equal(
            [33, 33, 34], readers.CountBy(reader => reader.GetProperty("instance").ToString())
                .Select(share => share.Value).Order());
        Assert.DoesNotContain(readers, reader => reader.Source() == "failed");
        var total = stampede["total"].GetInt32();
        TestContext.Current.SendDiagnosticMessage(
            $"{typeof(TEngine).Name}, {protection}: {total} loads {stampede["loads"]}, "
            + $"starts within {readers.Max(reader => reader.GetProperty("start").GetDouble()):0} ms");
        Assert.InRange(total, least, most);
        Assert.Equal(total, readers.Count(reader => reader.Source() == "database"));
        Assert.Equal(3, stampede["loads"].EnumerateObject().Count());
    }

    [Fact]
    public async Task The_readers_of_a_stampede_are_in_the_trace_of_its_request()
    {
        var id = ProductClient.NewId();
        var stampede = await First.PostAsync("/lab/stampede", new { id, readers = 6, protection = "distributed" });
        Assert.True(stampede.Status == HttpStatusCode.OK, stampede.Body);

        var reads = await system.Telemetry.SpansAsync(
            OtlpReceiver.Is("cache.get", $"products:{id}"), "cache.get", count: 6);
        Assert.Single(reads.Select(read => read.TraceId).Distinct());
        Assert.Single(reads, read => "database".Equals(read.Attributes.Of("cache.level")));
    }

    [Fact]
    public async Task A_load_reports_its_lanes_as_events_and_no_other_runs_beside_it()
    {
        await using var viewer = await FeedViewer.OpenAsync(system.Clients[1], "/events");

        var load = await First.PostAsync("/lab/load", new { readers = 12, seconds = 3, writes = 0.05, skew = 1.2 });
        Assert.Equal(HttpStatusCode.Accepted, load.Status);
        var another = await system.Clients[2].PostAsync("/lab/load", new { readers = 1, seconds = 1 });
        Assert.Equal(HttpStatusCode.Conflict, another.Status);

        await viewer.SeesAsync(message => message.Name == "load", "progress", count: 3);
        var result = (await viewer.SeesAsync(message => message.Name == "loadResult", "result"))[0];
        TestContext.Current.SendDiagnosticMessage($"{typeof(TEngine).Name}: {result.Data}");
        Assert.Equal(load["run"].GetString(), result["run"].GetString());
        Assert.False(result["cancelled"].GetBoolean());
        var (cached, uncached) = (result["cached"], result["uncached"]);
        Assert.InRange(uncached.GetProperty("reads").GetInt64(), 100, 12 * 10 * 4);
        Assert.Equal(uncached.GetProperty("reads").GetInt64(), uncached.GetProperty("database").GetInt64());
        Assert.True(cached.GetProperty("database").GetInt64() < cached.GetProperty("reads").GetInt64() * 3 / 4);
        Assert.True(uncached.GetProperty("p50").GetDouble() > ThreeInstances<TEngine>.DatabaseLatencyMs * 0.9);
        Assert.True(cached.GetProperty("p50").GetDouble() < uncached.GetProperty("p50").GetDouble());
        Assert.Equal(0, cached.GetProperty("failed").GetInt64());
    }

    [Fact]
    public async Task A_load_that_nobody_watches_is_cancelled_and_makes_room_for_the_next()
    {
        Assert.Equal(
            HttpStatusCode.Accepted, (await First.PostAsync("/lab/load", new { readers = 3, seconds = 30 })).Status);
        await Eventually.TrueAsync(
            async () => (await First.PostAsync(
                "/lab/stampede", new { id = 1, readers = 2, protection = "instance" })).Status == HttpStatusCode.OK,
            "the load has ended");
    }

    [Fact]
    public async Task A_thousand_entries_that_were_set_together_are_read_together_unless_there_is_jitter()
    {
        await using var viewer = await FeedViewer.OpenAsync(system.Clients[1], "/events");
        var together = await ExpireAsync(new { seconds = 1 });
        var apart = await ExpireAsync(new { seconds = 1, jitter = 3 });

        Assert.Equal(1_000, Counts(together, "ends").Max());
        Assert.InRange(Counts(apart, "ends").Max(), 60, 200);
        foreach (var result in new[] { together, apart })
        {
            Assert.False(result["cancelled"].GetBoolean());
            Assert.Equal((1_000, 1_000), (Counts(result, "ends").Sum(), Counts(result, "reads").Sum()));
            Assert.Equal(4, Array.FindIndex(Counts(result, "ends"), count => count > 0));
            var firstRead = Array.FindIndex(Counts(result, "reads"), count => count > 0);
            Assert.True(firstRead >= 4, $"in step {firstRead} none has expired");
        }

        Assert.True(Counts(apart, "reads").Max() < Counts(together, "reads").Max());

        async Task<EventMessage> ExpireAsync(object plan)
        {
            var answer = await First.PostAsync("/lab/expiry", plan);
            Assert.True(answer.Status == HttpStatusCode.Accepted, answer.Body);
            Assert.Equal(1_000, answer["entries"].GetInt32());
            var another = await system.Clients[2].PostAsync("/lab/expiry", plan);
            Assert.Equal(HttpStatusCode.Conflict, another.Status);
            var run = answer["run"].GetString();
            var result = (await viewer.SeesAsync(
                message => message.Name == "expiryResult" && message["run"].GetString() == run, "the result"))[0];
            TestContext.Current.SendDiagnosticMessage($"{typeof(TEngine).Name}: {result.Data}");
            Assert.Contains(viewer.Events, message => message.Name == "expiry");
            return result;
        }

        static int[] Counts(EventMessage message, string name) =>
            [.. message[name].EnumerateArray().Select(count => count.GetInt32())];
    }

    [Fact]
    public async Task Entries_that_nobody_watches_are_not_read_and_make_room_for_the_next_experiment()
    {
        var answer = await First.PostAsync("/lab/expiry", new { seconds = 30, jitter = 30 });
        Assert.True(answer.Status == HttpStatusCode.Accepted, answer.Body);
        await Eventually.TrueAsync(
            async () => (await First.PostAsync(
                "/lab/stampede", new { id = 1, readers = 2, protection = "instance" })).Status == HttpStatusCode.OK,
            "the run has ended");
    }

    [Fact]
    public async Task An_entry_that_is_made_to_expire_is_read_anew_by_every_instance_and_served_where_it_cannot_be()
    {
        var id = ProductClient.NewId();
        foreach (var client in system.Clients)
            await client.ReadsAsync(id);
        Assert.Equal(HttpStatusCode.NoContent, (await First.PostAsync("/lab/expire", new { id })).Status);
        Assert.Equal("database", (await system.Clients[1].ReadsAsync(id)).Source());

        try
        {
            await SetConditionsAsync(new { databaseDown = true });
            Assert.Equal(HttpStatusCode.NoContent, (await First.PostAsync("/lab/expire", new { id })).Status);
            foreach (var client in system.Clients)
                Assert.True((await client.ReadsAsync(id)).GetProperty("stale").GetBoolean());
        }
        finally
        {
            await SetConditionsAsync(new { });
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task After_a_change_that_may_have_failed_the_entry_is_served_and_marked_while_the_database_is_down(
        bool isMadeToExpire)
    {
        var id = ProductClient.NewId();
        foreach (var client in system.Clients)
            await client.ReadsAsync(id);
        try
        {
            await SetConditionsAsync(new { databaseDown = true });
            AssertAway(await First.PutAsync($"/products/{id}", new { price = 3 }));
            if (isMadeToExpire)
                Assert.Equal(HttpStatusCode.NoContent, (await First.PostAsync("/lab/expire", new { id })).Status);
            foreach (var client in system.Clients)
                Assert.True((await client.ReadsAsync(id)).GetProperty("stale").GetBoolean());
        }
        finally
        {
            await SetConditionsAsync(new { });
        }
    }

    [Fact]
    public async Task An_instance_that_hears_nothing_serves_the_old_price_until_its_copy_expires()
    {
        var id = ProductClient.NewId();
        await system.Clients[1].ReadsAsync(id);
        await SetConditionsAsync(new { backplane = false });
        try
        {
            await First.SetsPriceAsync(id, 7);
            Assert.NotEqual(7, (await system.Clients[1].ReadsAsync(id)).Price());
            await Eventually.TrueAsync(
                async () => (await system.Clients[1].ReadsAsync(id)).Price() == 7, "the copy has expired");
        }
        finally
        {
            await SetConditionsAsync(new { });
        }
    }

    [Fact]
    public async Task While_the_database_is_down_an_expired_product_is_served_and_marked_unless_fail_safe_is_off()
    {
        var id = ProductClient.NewId();
        var unread = ProductClient.NewId();
        await First.ReadsAsync(id);
        try
        {
            await SetConditionsAsync(new { databaseDown = true });
            await Eventually.TrueAsync(
                async () => (await First.ReadsAsync(id)).GetProperty("stale").GetBoolean(), "the entry has expired");
            var stale = await First.ReadsAsync(id);
            Assert.InRange(stale.GetProperty("age").GetDouble(), 3, 60);
            Assert.Equal(0, stale.GetProperty("ttl").GetDouble());
            AssertAway(await First.GetAnswerAsync($"/products/{unread}"));
            AssertAway(await First.PutAsync($"/products/{unread}", new { price = 1 }));

            await SetConditionsAsync(new { databaseDown = true, failSafe = false });
            await Eventually.TrueAsync(
                async () => (await First.GetAnswerAsync($"/products/{id}")).Status
                    == HttpStatusCode.ServiceUnavailable,
                "it is served no longer");
        }
        finally
        {
            await SetConditionsAsync(new { });
        }

        var fresh = await First.ReadsAsync(id);
        Assert.False(fresh.GetProperty("stale").GetBoolean());
    }

    [Fact]
    public async Task While_Redis_is_down_products_come_from_the_database_and_no_older_copy_is_served_after()
    {
        var id = ProductClient.NewId();
        foreach (var client in system.Clients)
            await client.ReadsAsync(id);
        try
        {
            await SetConditionsAsync(new { redisDown = true });
            Assert.Equal("database", (await First.ReadsAsync(id)).Source());
            await system.Clients[1].SetsPriceAsync(id, 8);
            await system.Clients[2].SetsPriceAsync(id, 9);
            Assert.All(
                await Task.WhenAll(system.Clients.Select(client => client.ReadsAsync(id))),
                read => Assert.Equal((9m, "database"), (read.Price(), read.Source())));

            await SetConditionsAsync(new { redisDown = true, databaseDown = true });
            AssertAway(await First.GetAnswerAsync($"/products/{id}"));
        }
        finally
        {
            await SetConditionsAsync(new { });
        }

        foreach (var client in system.Clients)
            Assert.Equal(9, (await client.ReadsAsync(id)).Price());
    }

    [Theory]
    [InlineData("stampede", """{"id":0,"readers":2,"protection":"none"}""", "id")]
    [InlineData("stampede", """{"id":1,"readers":1,"protection":"none"}""", "readers")]
    [InlineData("stampede", """{"id":1,"readers":201,"protection":"none"}""", "readers")]
    [InlineData("stampede", """{"id":1,"readers":2,"protection":"all"}""", "protection")]
    [InlineData("stampede", """{"id":1,"readers":2}""", "protection")]
    [InlineData("stampede", """{"id":1,"readers":"2","protection":"none"}""", "readers")]
    [InlineData("load", """{"readers":201,"seconds":1}""", "readers")]
    [InlineData("load", """{"readers":1,"seconds":31}""", "seconds")]
    [InlineData("load", """{"readers":1}""", "seconds")]
    [InlineData("load", """{"readers":1,"seconds":1,"writes":0.6}""", "writes")]
    [InlineData("load", """{"readers":1,"seconds":1,"skew":-1}""", "skew")]
    [InlineData("expiry", """{"seconds":31}""", "seconds")]
    [InlineData("expiry", """{"jitter":1}""", "seconds")]
    [InlineData("expiry", """{"seconds":1,"jitter":31}""", "jitter")]
    [InlineData("expiry", """{"seconds":1,"jitter":"1"}""", "jitter")]
    [InlineData("expire", """{"id":10001}""", "id")]
    [InlineData("conditions", """{"databaseLatencyMs":2001}""", "databaseLatencyMs")]
    [InlineData("conditions", """{"databaseDown":1}""", "databaseDown")]
    public async Task A_bad_field_is_a_400_that_names_it(string route, string body, string field)
    {
        var answer = await First.SendRawAsync(
            route == "conditions" ? HttpMethod.Put : HttpMethod.Post,
            $"/lab/{route}",
            new StringContent(body, Encoding.UTF8, "application/json"));
        Assert.Equal((HttpStatusCode.BadRequest, "application/problem+json"), (answer.Status, answer.MediaType));
        Assert.True(answer["errors"].TryGetProperty(field, out _), answer.Body);
    }

    private static void AssertAway(Http.Answer answer)
    {
        Assert.Equal(
            (HttpStatusCode.ServiceUnavailable, "application/problem+json"), (answer.Status, answer.MediaType));
        Assert.NotNull(answer.Response.Headers.RetryAfter);
        Assert.Equal("database_unreachable", answer["reason"].GetString());
    }

    private async Task SetConditionsAsync(object conditions)
    {
        var answer = await First.PutAsync("/lab/conditions", conditions);
        Assert.True(answer.Status == HttpStatusCode.OK, answer.Body);
    }
}

using System.Net;
using System.Text;
using System.Text.Json;
using CacheDemo.Tests.Support;
using StackExchange.Redis;

namespace CacheDemo.Tests.Products;

[Collection<ProductsOnGarnetCollection>]
public class ProductsOnGarnet(ThreeInstances<GarnetEngine> system)
    : ProductsTests<GarnetEngine>(system);

[Collection<ProductsOnRedisCollection>]
public class ProductsOnRedis(ThreeInstances<RedisEngine> system)
    : ProductsTests<RedisEngine>(system);

[Collection<ProductsOnPostgresCollection>]
public class ProductsOnPostgres(ThreeInstances<RedisAndPostgresEngine> system)
    : ProductsTests<RedisAndPostgresEngine>(system);

/// <summary>Products in front of a database, over three instances.</summary>
public abstract class ProductsTests<TEngine>(ThreeInstances<TEngine> system) where TEngine : Engine, new()
{
    private HttpClient First => system.Clients[0];

    private HttpClient Second => system.Clients[1];

    private HttpClient Third => system.Clients[2];

    [Fact]
    public async Task A_read_comes_from_the_database_then_from_memory_and_on_another_instance_from_the_cache()
    {
        var id = ProductClient.NewId();

        var miss = await First.ReadsAsync(id);
        Assert.Equal(
            ("database", false, 1L), (miss.Source(), miss.GetProperty("stale").GetBoolean(), miss.Version()));
        Assert.InRange(miss.GetProperty("ttl").GetDouble(), 0.1, 3);
        var ms = miss.GetProperty("ms");
        Assert.InRange(
            ms.GetProperty("database").GetDouble(), ThreeInstances<TEngine>.DatabaseLatencyMs - 5,
            ms.GetProperty("total").GetDouble());

        var inMemory = await First.ReadsAsync(id);
        Assert.Equal("memory", inMemory.Source());
        Assert.Equal(miss.GetProperty("product").ToString(), inMemory.GetProperty("product").ToString());
        Assert.True(inMemory.GetProperty("ttl").GetDouble() < miss.GetProperty("ttl").GetDouble());

        var inRedis = await Second.ReadsAsync(id);
        Assert.Equal("cache", inRedis.Source());
        Assert.NotEqual(miss.GetProperty("instance").ToString(), inRedis.GetProperty("instance").ToString());
    }

    [Fact]
    public async Task Each_read_is_a_span_with_its_level_and_only_a_miss_has_one_of_the_database()
    {
        var id = ProductClient.NewId();
        foreach (var client in new[] { First, First, Second })
            await client.ReadsAsync(id);

        var reads = await system.Telemetry.SpansAsync(
            OtlpReceiver.Is("cache.get", $"products:{id}"), "cache.get", count: 3);
        Assert.All(reads, read => Assert.Equal("products", read.Attributes.Of("cache.name")));
        Assert.Equal(["database", "memory", "redis"], reads.Select(read => read.Attributes.Of("cache.level")));
        Assert.Equal([false, true, true], reads.Select(read => read.Attributes.Of("cache.hit")));

        var queries = await system.Telemetry.SpansAsync(
            span => span.Name == "SELECT products" && reads.Any(read => read.TraceId == span.TraceId), "queries");
        Assert.Equal(reads[0].TraceId, Assert.Single(queries).TraceId);
        Assert.Equal(
            typeof(TEngine) == typeof(RedisAndPostgresEngine) ? "postgresql" : "sqlite",
            queries[0].Attributes.Of("db.system.name"));

        foreach (var level in new[] { "memory", "redis", "database" })
        {
            await Eventually.TrueAsync(
                () => Task.FromResult(system.Telemetry.Total(
                    "cachedemo.cache.requests", ("cache.name", "products"), ("cache.level", level)) > 0),
                $"reads from {level} are counted");
        }
    }

    [Fact]
    public async Task A_change_is_a_span_with_the_ttl_and_the_size_of_its_entry()
    {
        var id = ProductClient.NewId();
        await First.SetsPriceAsync(id, 4);

        var change = (await system.Telemetry.SpansAsync(
            OtlpReceiver.Is("cache.set", $"products:{id}"), "cache.set", count: 1))[0];
        Assert.Equal(3.0, change.Attributes.Of("cache.ttl"));
        Assert.InRange(Assert.IsType<long>(change.Attributes.Of("cache.item_size")), 50, 500);
    }

    [Fact]
    public async Task Nothing_of_the_products_is_among_the_keys_and_flush_leaves_it()
    {
        var id = ProductClient.NewId();
        await First.ReadsAsync(id);
        using var redis = await ConnectionMultiplexer.ConnectAsync(system.Engine.ConnectionString);
        var key = $"cachedemo-own:products:{id}";
        await Eventually.TrueAsync(() => redis.GetDatabase().KeyExistsAsync(key), "the entry is in Redis");

        Assert.DoesNotContain("products", (await First.GetAnswerAsync("/keys?count=1000")).Body);
        await First.PostAsync("/keys/flush", new { });
        Assert.True(await redis.GetDatabase().KeyExistsAsync(key));
    }

    [Fact]
    public async Task A_changed_price_is_served_by_every_instance_at_once()
    {
        var id = ProductClient.NewId();
        foreach (var client in system.Clients)
            await client.ReadsAsync(id);

        var changed = await Second.SetsPriceAsync(id, 12.5m);
        await ArePricedAsync(id, 12.5m);

        Assert.Equal(2, changed.GetProperty("version").GetInt64());
        foreach (var client in system.Clients)
        {
            var read = await client.ReadsAsync(id);
            Assert.True((12.5m, 2L) == (read.Price(), read.Version()), $"{read}");
            Assert.NotEqual("database", read.Source());
        }
    }

    [Fact]
    public async Task That_a_product_is_absent_is_cached_and_one_that_is_added_is_seen_at_once()
    {
        const int Id = 9_001;
        var absent = await First.GetAnswerAsync($"/products/{Id}");
        Assert.Equal((HttpStatusCode.NotFound, "application/problem+json"), (absent.Status, absent.MediaType));
        Assert.Equal("database", absent["source"].GetString());
        Assert.Equal("memory", (await First.GetAnswerAsync($"/products/{Id}"))["source"].GetString());
        Assert.Equal("cache", (await Second.GetAnswerAsync($"/products/{Id}"))["source"].GetString());

        await Third.SetsPriceAsync(Id, 3);
        await ArePricedAsync(Id, 3);
    }

    [Fact]
    public async Task The_copies_are_those_that_each_instance_would_serve()
    {
        var id = ProductClient.NewId();
        await First.ReadsAsync(id);
        await Second.ReadsAsync(id);

        var copies = await Third.GetAnswerAsync($"/products/{id}/copies");
        var instances = copies["instances"].EnumerateArray().ToList();
        Assert.Equal(3, instances.Count);
        Assert.Equal(2, instances.Count(copy => copy.GetProperty("copy").ValueKind is JsonValueKind.Object));
        Assert.Equal(1, copies["redis"].GetProperty("product").GetProperty("version").GetInt64());
        Assert.Equal(id, copies["database"].GetProperty("id").GetInt32());
        Assert.Empty(copies["away"].EnumerateArray());
    }

    [Fact]
    public async Task A_page_comes_from_the_database_by_number()
    {
        var page = await First.GetAnswerAsync("/products?count=2");
        Assert.Equal([1, 2], page["products"].EnumerateArray().Select(product => product.GetProperty("id").GetInt32()));
        Assert.Equal(2, page["after"].GetInt32());

        var last = await First.GetAnswerAsync("/products?after=9999");
        Assert.Empty(last["products"].EnumerateArray());
        Assert.Equal(JsonValueKind.Null, last["after"].ValueKind);
    }

    [Theory]
    [InlineData("/products/0", "id")]
    [InlineData("/products/10001", "id")]
    [InlineData("/products/one", "id")]
    [InlineData("/products/-1/copies", "id")]
    [InlineData("/products?count=0", "count")]
    [InlineData("/products?count=201", "count")]
    [InlineData("/products?after=x", "after")]
    public async Task A_bad_parameter_is_a_400_that_names_it(string path, string field)
    {
        var answer = await First.GetAnswerAsync(path);
        Assert.Equal((HttpStatusCode.BadRequest, "application/problem+json"), (answer.Status, answer.MediaType));
        Assert.True(answer["errors"].TryGetProperty(field, out _), answer.Body);
    }

    [Theory]
    [InlineData("""{}""")]
    [InlineData("""{"price":null}""")]
    [InlineData("""{"price":0}""")]
    [InlineData("""{"price":1000000.01}""")]
    [InlineData("""{"price":1.001}""")]
    [InlineData("""{"price":1e99}""")]
    [InlineData("""{"price":"1"}""")]
    [InlineData("""{"price":[1]}""")]
    [InlineData("""{"price":1,"price":2}""")]
    public async Task A_bad_price_is_a_400_that_names_it(string body)
    {
        var answer = await First.SendRawAsync(
            HttpMethod.Put, "/products/1", new StringContent(body, Encoding.UTF8, "application/json"));
        Assert.Equal((HttpStatusCode.BadRequest, "application/problem+json"), (answer.Status, answer.MediaType));
        Assert.True(answer["errors"].TryGetProperty("price", out _), answer.Body);
    }

    // No instance serves the old price 100 ms later.
    private async Task ArePricedAsync(int id, decimal price)
    {
        foreach (var client in system.Clients)
        {
            await Eventually.TrueAsync(
                async () => (await client.ReadsAsync(id)).Price() == price,
                $"{id} is served with its new price",
                TimeSpan.FromMilliseconds(100));
        }
    }
}

using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using CacheDemo.Tests.Support;

namespace CacheDemo.Tests.Products;

/// <summary>Three instances of the API with one database, on an engine that serves as Redis.</summary>
public sealed class ThreeInstances<TEngine> : IAsyncLifetime where TEngine : Engine, new()
{
    /// <summary>Milliseconds that a query takes: on a busy machine much less could not be told from none.</summary>
    public const int DatabaseLatencyMs = 40;

    // In memory where that is easy: each change waits until SQLite has it on the disk.
    private readonly DirectoryInfo _data = Directory.CreateDirectory(Path.Combine(
        Directory.Exists("/dev/shm") ? "/dev/shm" : Path.GetTempPath(), $"cachedemo-products-{Guid.NewGuid():n}"));

    /// <summary>The engine.</summary>
    public TEngine Engine { get; } = new();

    /// <summary>Receives their telemetry.</summary>
    public OtlpReceiver Telemetry { get; private set; } = null!;

    /// <summary>The instances.</summary>
    public IReadOnlyList<ServiceProcess> Instances { get; private set; } = [];

    /// <summary>Their clients.</summary>
    public IReadOnlyList<HttpClient> Clients => [.. Instances.Select(instance => instance.Client)];

    /// <summary>Clients for thousands of requests.</summary>
    public IReadOnlyList<HttpClient> ClientsWithoutTraces { get; private set; } = [];

    public async ValueTask InitializeAsync()
    {
        await Engine.StartAsync();
        Telemetry = await OtlpReceiver.StartAsync();
        Instances = await Task.WhenAll(Enumerable.Range(0, 3).Select(_ => StartAsync()));
        ClientsWithoutTraces = [.. Clients.Select(client => client.WithoutTraces())];
        // All at once: one creates the database, and the others find it. A busy machine may take longer than a read.
        await Task.WhenAll(Clients.Select(client => Eventually.TrueAsync(
            () => client.AnswersAsync("/products/1"), "products are there")));
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var client in ClientsWithoutTraces)
            client.Dispose();
        foreach (var instance in Instances)
            await instance.DisposeAsync();
        if (Telemetry is not null)
            await Telemetry.DisposeAsync();
        await Engine.DisposeAsync();
        _data.Delete(recursive: true);
    }

    private Task<ServiceProcess> StartAsync() => ServiceProcess.StartApiAsync(
        Engine.ConnectionString,
        Telemetry,
        [
            .. Engine.Surroundings.Select(variable => (variable.Key, variable.Value)),
            .. Options(_data.FullName),
        ]);

    private static (string Name, string Value)[] Options(string folder) =>
    [
        ("Products__DataFolder", folder),
        ("Products__DatabaseLatencyMs", $"{DatabaseLatencyMs}"),
        ("Products__Ttl", "3"),
        ("Products__Jitter", "0"),
        ("Products__MemoryTtl", "1"),
        ("Products__HardTimeoutMs", "5000"), // of a busy machine
        ("Lab__Enabled", "true"),
    ];
}

/// <summary>A redis-server, beside a PostgreSQL for the products.</summary>
public sealed class RedisAndPostgresEngine : RedisEngine
{
    private PostgresServer? _database;

    public override IReadOnlyDictionary<string, string> Surroundings => new Dictionary<string, string>
    {
        ["ConnectionStrings__products"] = _database!.ConnectionString,
    };

    public override async Task StartAsync()
    {
        _database = Keep(await PostgresServer.StartAsync());
        await base.StartAsync();
    }
}

/// <summary>What a client does with products.</summary>
internal static class ProductClient
{
    private static int _lastId = 100;

    /// <summary>A product that no other test reads, nor a load.</summary>
    public static int NewId() => Interlocked.Increment(ref _lastId);

    /// <summary>Reads a product, which must be there.</summary>
    public static async Task<JsonElement> ReadsAsync(this HttpClient client, int id)
    {
        var answer = await client.GetAnswerAsync($"/products/{id}");
        Assert.True(answer.Status == HttpStatusCode.OK, answer.Body);
        return JsonElement.Parse(answer.Body);
    }

    /// <summary>Changes a price, which must be answered 200.</summary>
    public static async Task<JsonElement> SetsPriceAsync(this HttpClient client, int id, decimal price)
    {
        var answer = await client.PutAsync($"/products/{id}", new { price });
        Assert.True(answer.Status == HttpStatusCode.OK, answer.Body);
        return JsonElement.Parse(answer.Body);
    }

    public static Task<Http.Answer> PutAsync(this HttpClient client, string path, object body) =>
        client.SendRawAsync(HttpMethod.Put, path, JsonContent.Create(body));

    public static string? Source(this JsonElement read) => read.GetProperty("source").GetString();

    public static decimal Price(this JsonElement read) => read.GetProperty("product").GetProperty("price").GetDecimal();

    public static long Version(this JsonElement read) => read.GetProperty("product").GetProperty("version").GetInt64();
}

/// <summary>Tests that share three instances on Garnet.</summary>
[CollectionDefinition]
public sealed class ProductsOnGarnetCollection : ICollectionFixture<ThreeInstances<GarnetEngine>>;

/// <summary>Tests that share three instances on redis-server and PostgreSQL.</summary>
[CollectionDefinition]
public sealed class ProductsOnPostgresCollection : ICollectionFixture<ThreeInstances<RedisAndPostgresEngine>>;

/// <summary>Tests that share three instances on redis-server.</summary>
[CollectionDefinition]
public sealed class ProductsOnRedisCollection : ICollectionFixture<ThreeInstances<RedisEngine>>;

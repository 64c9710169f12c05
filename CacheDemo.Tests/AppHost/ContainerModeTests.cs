using System.Net;
using CacheDemo.Tests.Deploy;
using CacheDemo.Tests.Products;
using CacheDemo.Tests.Support;
using Npgsql;
using StackExchange.Redis;

namespace CacheDemo.Tests.AppHost;

/// <summary>The AppHost where a container engine answers, which is Podman here.</summary>
[Collection<DeployCollection>]
public class ContainerModeTests(ContainerMachine machine)
{
    private const string Password = "a-password-of-the-test";

    [Fact]
    public async Task Redis_runs_in_a_container_with_notifications_that_is_removed_on_exit()
    {
        using var client = new HttpClient();
        await using var appHost = await StartAsync(client, $"--Parameters:redis-password={Password}");
        Assert.Contains("Redis is Container: podman answers", appHost.Output);

        await using (var redis = await ConnectionMultiplexer.ConnectAsync(
            $"{await PublishedAsync()},password={Password},allowAdmin=true"))
        {
            var notifications = Assert
                .Single(await redis.GetServers()[0].ConfigGetAsync("notify-keyspace-events"))
                .Value;
            Assert.Equal(['E', 'x'], notifications.Order());
            await JourneyAsync(client, redis);
        }

        await EndsAsync(appHost);
    }

    [Fact]
    public async Task The_products_are_in_a_PostgreSQL_in_a_container_that_is_removed_on_exit()
    {
        await machine.ImportPostgresAsync();
        using var client = new HttpClient();
        await using var appHost = await StartAsync(
            client,
            "--Redis:Mode=embedded", "--Products:Mode=container", $"--Parameters:postgres-password={Password}");
        // A busy machine's first connection may take longer than a request waits: 503, and the client asks again.
        await Eventually.TrueAsync(
            async () => (await client.PutAsync("/api/products/1", new { price = 12.34 })).Status == HttpStatusCode.OK,
            "the price is changed",
            also: () => appHost.Output);

        var address = (await PublishedAsync()).Split(':');
        await using (var products = new NpgsqlConnection(
            $"Host={address[0]};Port={address[1]};Database=products;Pooling=false;"
            + $"Username=postgres;Password={Password}"))
        {
            await products.OpenAsync(TestContext.Current.CancellationToken);
            await using var price = new NpgsqlCommand("""SELECT "Price" FROM products WHERE "Id" = 1""", products);
            Assert.Equal(12.34m, await price.ExecuteScalarAsync(TestContext.Current.CancellationToken));
        }

        await EndsAsync(appHost);
    }

    private async Task<CommandLine> StartAsync(HttpClient client, params string[] options)
    {
        var page = Ports.Free();
        client.BaseAddress = new Uri($"http://localhost:{page}");
        var appHost = CommandLine.StartAppHost(
            machine.Environment.Append(new("ASPIRE_CONTAINER_RUNTIME", "podman")).ToDictionary(),
            [$"--Frontend:Port={page}", $"--Api:Port={Ports.Free()}", .. options]);
        await Eventually.TrueAsync(
            () => client.AnswersAsync("/api/health"),
            "the page answers, and Redis behind it",
            TimeSpan.FromSeconds(90),
            () => appHost.Output);
        return appHost;
    }

    private async Task EndsAsync(CommandLine appHost)
    {
        await appHost.InterruptAsync();
        Assert.Equal(0, await appHost.ExitAsync());
        await appHost.EndsAsync();
        Assert.Empty(await machine.PodmanLinesAsync("ps", "--all", "--quiet"));
        Assert.Empty(await machine.PodmanLinesAsync("volume", "ls", "--quiet"));
        Assert.Equal(["podman"], await machine.PodmanLinesAsync("network", "ls", "--format", "{{.Name}}"));
    }

    private static async Task JourneyAsync(HttpClient page, ConnectionMultiplexer redis)
    {
        var key = CacheClient.NewKey();
        Assert.Equal(
            HttpStatusCode.OK,
            (
                await page.PostAsync(
                    "/api/set",
                    new
                    {
                        key,
                        value = "12345",
                        ttl = 2,
                    })
            ).Status);
        Assert.Equal("12345", await redis.GetDatabase().StringGetAsync($"cachedemo:{key}"));
        Assert.Equal(
            $$"""{"key":"{{key}}","value":"12345","source":"cache"}""",
            (await page.GetAnswerAsync($"/api/get/{key}")).Body);

        await Eventually.TrueAsync(
            async () => (await page.GetAnswerAsync($"/api/ttl/{key}")).Status == HttpStatusCode.NotFound,
            "it expires");
        var gone = await page.GetAnswerAsync($"/api/get/{key}");
        Assert.Equal((HttpStatusCode.NotFound, """{"error":"Key not found"}"""), (gone.Status, gone.Body));
        await Eventually.TrueAsync(
            async () => (await page.GetAnswerAsync("/api/stats"))["expirations"].GetInt64() == 1,
            "the expiration is counted");
    }

    // Where the one container listens: "6379/tcp -> 127.0.0.1:41234"
    private async Task<string> PublishedAsync()
    {
        var container = Assert.Single(await machine.PodmanLinesAsync("ps", "--quiet"));
        return Assert.Single(await machine.PodmanLinesAsync("port", container)).Split(' ')[^1];
    }
}

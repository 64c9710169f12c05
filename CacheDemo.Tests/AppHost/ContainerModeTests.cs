using System.Net;
using CacheDemo.Tests.Deploy;
using CacheDemo.Tests.Support;
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
        var page = Ports.Free();
        await using var appHost = CommandLine.StartAppHost(
            machine.Environment.Append(new("ASPIRE_CONTAINER_RUNTIME", "podman")).ToDictionary(),
            $"--Frontend:Port={page}", $"--Api:Port={Ports.Free()}", $"--Parameters:redis-password={Password}");
        using var client = new HttpClient { BaseAddress = new Uri($"http://localhost:{page}") };
        await Eventually.TrueAsync(
            () => client.AnswersAsync("/api/health"),
            "the page answers, and Redis behind it",
            TimeSpan.FromSeconds(90),
            () => appHost.Output);
        Assert.Contains("Redis is Container: podman answers", appHost.Output);

        var container = Assert.Single(await machine.PodmanLinesAsync("ps", "--quiet"));
        await using (var redis = await ConnectAsync(container))
        {
            var notifications = Assert
                .Single(await redis.GetServers()[0].ConfigGetAsync("notify-keyspace-events"))
                .Value;
            Assert.Equal(['E', 'x'], notifications.Order());
            await JourneyAsync(client, redis);
        }

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

    // "6379/tcp -> 127.0.0.1:41234"
    private async Task<ConnectionMultiplexer> ConnectAsync(string container)
    {
        var published = Assert.Single(await machine.PodmanLinesAsync("port", container));
        return await ConnectionMultiplexer.ConnectAsync(
            $"{published.Split(' ')[^1]},password={Password},allowAdmin=true");
    }
}

using System.Globalization;
using CacheDemo.Tests.Support;
using StackExchange.Redis;

namespace CacheDemo.Tests.Expiration;

/// <summary>What an instance asks of Redis while nobody uses it: serverless caches are billed by command.</summary>
public class IdleTests
{
    private const int Seconds = 10;

    [Theory]
    [InlineData(typeof(RedisEngine))]
    [InlineData(typeof(ClusterEngine))]
    public async Task An_idle_instance_sends_fewer_than_five_commands_a_second_to_each_server(Type engine)
    {
        await using var redis = (Engine)Activator.CreateInstance(engine)!;
        await redis.StartAsync();
        await using var api = await Service.StartApiAsync(redis.ConnectionString);
        await using var client = await ConnectionMultiplexer.ConnectAsync($"{redis.ConnectionString},allowAdmin=true");
        await Eventually.TrueAsync(async () => await HeartbeatsAsync(client) > 2, "the instance is up");

        var (heartbeats, commands) = (await HeartbeatsAsync(client), await CommandsAsync(client));
        await Eventually.TrueAsync(
            async () => await HeartbeatsAsync(client) >= heartbeats + Seconds, "it sent a heartbeat a second");

        // This test reads the counts with INFO. An instance reads the role of each server with it, once a second.
        var sent = (await CommandsAsync(client)).Zip(commands, (now, then) => now - then + Seconds);
        Assert.All(sent, count => Assert.InRange(count, Seconds, (5 * Seconds) - 1));
    }

    private static async Task<long> HeartbeatsAsync(ConnectionMultiplexer client) =>
        (await CountAsync(client, command => command == "zadd")).Sum();

    private static Task<long[]> CommandsAsync(ConnectionMultiplexer client) =>
        CountAsync(client, command => command != "info");

    private static Task<long[]> CountAsync(ConnectionMultiplexer client, Func<string, bool> such) => Task.WhenAll(
        client.GetServers().Select(async server => (await server.InfoAsync("commandstats"))
            .SelectMany(section => section)
            .Where(line => such(line.Key["cmdstat_".Length..]))
            .Sum(line => long.Parse(line.Value.Split(',')[0]["calls=".Length..], CultureInfo.InvariantCulture))));
}

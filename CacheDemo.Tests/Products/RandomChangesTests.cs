using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using CacheDemo.Tests.Support;

namespace CacheDemo.Tests.Products;

[Collection<ProductsOnGarnetCollection>]
public class RandomChangesOnGarnet(ThreeInstances<GarnetEngine> system)
    : RandomChangesTests<GarnetEngine>(system);

[Collection<ProductsOnRedisCollection>]
public class RandomChangesOnRedis(ThreeInstances<RedisEngine> system)
    : RandomChangesTests<RedisEngine>(system);

[Collection<ProductsOnPostgresCollection>]
public class RandomChangesOnPostgres(ThreeInstances<RedisAndPostgresEngine> system)
    : RandomChangesTests<RedisAndPostgresEngine>(system);

/// <summary>Changes and reads at random, over three instances.</summary>
public abstract class RandomChangesTests<TEngine>(ThreeInstances<TEngine> system) where TEngine : Engine, new()
{
    private const int Operations = 10_000, Clients = 16, Products = 10;

    private static readonly TimeSpan Allowed = TimeSpan.FromMilliseconds(100);

    [Fact]
    public async Task A_changed_price_is_never_served_old_by_any_instance_100_ms_after_the_change_was_answered()
    {
        var ids = Enumerable.Range(0, Products).Select(_ => ProductClient.NewId()).ToArray();
        // The versions that were answered, with the time of the answer.
        var changes = ids.ToDictionary(id => id, _ => new ConcurrentDictionary<long, long>());
        var (slowest, changed, read) = (0L, 0, 0);

        await Parallel.ForAsync(0, Operations, new ParallelOptions { MaxDegreeOfParallelism = Clients }, async (_, _) =>
        {
            var id = ids[Random.Shared.Next(Products)];
            var client = system.ClientsWithoutTraces[Random.Shared.Next(3)];
            if (Random.Shared.Next(5) == 0)
            {
                var product = await client.SetsPriceAsync(id, Random.Shared.Next(1, 1_000));
                changes[id][product.GetProperty("version").GetInt64()] = Stopwatch.GetTimestamp();
                Interlocked.Increment(ref changed);
                return;
            }

            var asked = Stopwatch.GetTimestamp();
            var version = (await client.ReadsAsync(id)).Version();
            Interlocked.Increment(ref read);
            // The first answer that was newer than what was read: how long before the read was asked for.
            var newer = changes[id].Where(change => change.Key > version)
                .Select(change => change.Value).DefaultIfEmpty(asked).Min();
            var late = asked - newer;
            InterlockedMax(ref slowest, late);
            Assert.True(
                Stopwatch.GetElapsedTime(newer, asked) <= Allowed,
                $"Version {version} of {id} was served {Stopwatch.GetElapsedTime(newer, asked).TotalMilliseconds:0} ms "
                + "after the answer to a change");
        });

        TestContext.Current.SendDiagnosticMessage(
            $"{typeof(TEngine).Name}: {changed} changes, {read} reads; the oldest that was served had been changed "
            + $"{Stopwatch.GetElapsedTime(0, slowest).TotalMilliseconds:0.0} ms before");
        Assert.True(changed > Operations / 10);
    }

    private static void InterlockedMax(ref long most, long value)
    {
        for (var seen = Volatile.Read(ref most); value > seen; seen = Volatile.Read(ref most))
            Interlocked.CompareExchange(ref most, value, seen);
    }
}

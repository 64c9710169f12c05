using System.Diagnostics;
using CacheDemo.Api.Diagnostics;
using CacheDemo.Api.Http;
using CacheDemo.Api.Keyspace;
using CacheDemo.Api.Products;
using CacheDemo.Redis;
using StackExchange.Redis;

namespace CacheDemo.Api.Lab;

/// <summary>Lets one experiment run at a time, over all instances.</summary>
internal sealed class LabRun(
    IConnectionMultiplexer redis, ConnectionVerification verification, CacheKeys keys, BackgroundWork work)
{
    private RedisKey Key => keys.Products + "lab";

    /// <summary>Begins an experiment, which ends at the latest after so long.</summary>
    /// <returns>What ends it.</returns>
    /// <exception cref="BadInputException">Another one runs: 409.</exception>
    /// <exception cref="RedisRefusedException">The connection must not be used.</exception>
    public async Task<string> BeginAsync(TimeSpan longest)
    {
        verification.ThrowIfRefused();
        var run = $"{Guid.NewGuid():n}";
        return await redis.GetDatabase().LockTakeAsync(Key, run, longest)
            ? run
            : throw new BadInputException(
                "run", "Another experiment runs; one at a time.", StatusCodes.Status409Conflict);
    }

    /// <summary>Ends a run. Where Redis is away, it ends by itself.</summary>
    public Task EndAsync(string run) =>
        work.TryAsync("ending an experiment", () => RedisLock.ReleaseAsync(redis.GetDatabase(), Key, run));

    /// <summary>Starts a span that no span below it is recorded of: there would be thousands.</summary>
    public static Activity? StartUntraced(string name) => CacheDiagnostics.Source.StartActivity(
        name, ActivityKind.Internal,
        new ActivityContext(
            ActivityTraceId.CreateRandom(), ActivitySpanId.CreateRandom(), ActivityTraceFlags.None, isRemote: true));
}

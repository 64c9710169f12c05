namespace CacheDemo.Tests.Support;

/// <summary>Tests that share a system on Garnet.</summary>
[CollectionDefinition]
public sealed class GarnetCollection : ICollectionFixture<OnGarnet>;

/// <summary>Tests that share a system on redis-server.</summary>
[CollectionDefinition]
public sealed class RedisCollection : ICollectionFixture<OnRedis>;

/// <summary>Tests that run alone: what they measure must not depend on other tests.</summary>
[CollectionDefinition(DisableParallelization = true)]
public sealed class QuietCollection;

/// <summary>A system that many tests share, on one engine.</summary>
public abstract class SharedSystem : IAsyncLifetime
{
    /// <summary>The running system.</summary>
    public Demo Demo { get; private set; } = null!;

    public async ValueTask InitializeAsync() => Demo = await StartAsync();

    public virtual async ValueTask DisposeAsync()
    {
        if (Demo is not null)
            await Demo.DisposeAsync();
        GC.SuppressFinalize(this);
    }

    /// <summary>Starts it.</summary>
    protected abstract Task<Demo> StartAsync();
}

/// <summary>The system on the embedded server.</summary>
public sealed class OnGarnet : SharedSystem
{
    protected override Task<Demo> StartAsync() => Demo.StartAsync("--Redis:Mode=embedded");
}

/// <summary>The system on a real redis-server.</summary>
public sealed class OnRedis : SharedSystem
{
    /// <summary>The server.</summary>
    public RedisServer Server { get; } = RedisServer.Create();

    protected override async Task<Demo> StartAsync()
    {
        await Server.StartAsync();
        return await Demo.StartAsync($"--ConnectionStrings:redis={Server.Endpoint}");
    }

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        await Server.DisposeAsync();
    }
}

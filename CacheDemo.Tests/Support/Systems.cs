namespace CacheDemo.Tests.Support;

/// <summary>Tests that share a system on Garnet.</summary>
[CollectionDefinition]
public sealed class GarnetCollection : ICollectionFixture<OnGarnet>;

/// <summary>Tests that share a system on redis-server.</summary>
[CollectionDefinition]
public sealed class RedisCollection : ICollectionFixture<OnRedis>;

/// <summary>Tests that run alone: their limits of time must not depend on other tests.</summary>
[CollectionDefinition(DisableParallelization = true)]
public sealed class QuietCollection;

/// <summary>A system that many tests share, in this process.</summary>
public abstract class SharedSystem : IAsyncLifetime
{
    /// <summary>The running system.</summary>
    public Demo Demo { get; private set; } = null!;

    /// <summary>What it keeps its keys in.</summary>
    protected abstract Engine Redis { get; }

    /// <summary>Settings of the services.</summary>
    protected virtual IEnumerable<(string Name, string Value)> Options => [];

    public async ValueTask InitializeAsync()
    {
        await Redis.StartAsync();
        Demo = await Demo.StartAsync(
            Redis.ConnectionString,
            [.. Redis.Settings.Select(setting => (setting.Key, setting.Value)), .. Options]);
    }

    public async ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        if (Demo is not null)
            await Demo.DisposeAsync();
        await Redis.DisposeAsync();
    }
}

/// <summary>A system on an engine of its own.</summary>
public class SystemOn<TEngine> : SharedSystem where TEngine : Engine, new()
{
    /// <summary>The engine.</summary>
    public TEngine Engine { get; } = new();

    /// <inheritdoc/>
    protected override Engine Redis => Engine;
}

/// <summary>The system on the embedded server.</summary>
public class OnGarnet : SystemOn<GarnetEngine>;

/// <summary>The system on a real redis-server.</summary>
public sealed class OnRedis : SystemOn<RedisEngine>
{
    /// <summary>The server.</summary>
    public RedisServer Server => Engine.Server;
}

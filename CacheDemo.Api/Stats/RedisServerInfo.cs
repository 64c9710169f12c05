using StackExchange.Redis;

namespace CacheDemo.Api.Stats;

/// <summary>Reads which Redis this is, from INFO, which every engine has.</summary>
internal sealed class RedisServerInfo(IConnectionMultiplexer redis)
{
    /// <summary>A server. Engine, version and mode are null where INFO does not say.</summary>
    public readonly record struct Server(string? Engine, string? Version, string? Mode, string Address, bool Connected);

    /// <summary>Reads it from a primary that is connected.</summary>
    public async Task<Server> ReadAsync()
    {
        var servers = redis.GetServers();
        var primary = servers.FirstOrDefault(server => server.IsConnected && !server.IsReplica) ?? servers[0];
        var fields = ((string?)await primary.ExecuteAsync("INFO", "server") ?? "")
            .Split('\n', StringSplitOptions.TrimEntries)
            .Select(line => line.Split(':', 2))
            .Where(pair => pair.Length == 2)
            .ToLookup(pair => pair[0], pair => pair[1]);

        string? Of(string name) => fields[name].FirstOrDefault();
        // Compatible engines have a redis_version too, that of the protocol.
        var (engine, version) =
            Of("garnet_version") is { } garnet ? ("garnet", garnet)
            : Of("valkey_version") is { } valkey ? ("valkey", valkey)
            : ("redis", Of("redis_version"));
        var mode = primary.ServerType is ServerType.Cluster ? "cluster" : Of("redis_mode") ?? "standalone";
        return new Server(engine, version, mode, EndPointCollection.ToString(primary.EndPoint), primary.IsConnected);
    }
}

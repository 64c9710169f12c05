using CacheDemo.Bench.Load;

namespace CacheDemo.Bench.Processes;

/// <summary>Three redis-servers as a cluster without replicas.</summary>
internal static class RedisCluster
{
    private const int Slots = 16384, Nodes = 3;

    /// <summary>Starts it.</summary>
    public static async Task<IReadOnlyList<Server>> StartAsync(Servers servers, CancellationToken stop)
    {
        List<Server> nodes = [];
        for (var i = 0; i < Nodes; i++)
        {
            var node = await servers.RedisAsync($"node {i}", "--cluster-enabled", "yes");
            nodes.Add(node);
            var (first, last) = (Slots * i / Nodes, (Slots * (i + 1) / Nodes) - 1);
            await SucceedAsync(node, $"CLUSTER SET-CONFIG-EPOCH {i + 1}");
            await SucceedAsync(node, $"CLUSTER ADDSLOTSRANGE {first} {last}");
        }

        foreach (var node in nodes.Skip(1))
            await SucceedAsync(nodes[0], $"CLUSTER MEET 127.0.0.1 {node.Port}");
        foreach (var node in nodes)
        {
            await node.Process.ReadyAsync(
                async () => await RedisInfo.SendAsync(node, "CLUSTER INFO") is var info
                    && info.Contains("cluster_state:ok", StringComparison.Ordinal)
                    && info.Contains($"cluster_known_nodes:{Nodes}", StringComparison.Ordinal),
                stop);
        }

        return nodes;
    }

    private static async Task SucceedAsync(Server node, string command)
    {
        var reply = await RedisInfo.SendAsync(node, command);
        if (reply != "+OK\r\n")
            throw new BenchException($"{command}: {reply.Trim()}");
    }
}

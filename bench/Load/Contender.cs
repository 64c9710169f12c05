using CacheDemo.Bench.Processes;

namespace CacheDemo.Bench.Load;

/// <summary>What is measured beside others.</summary>
/// <param name="Name">Its name in the row.</param>
/// <param name="Address">What is requested.</param>
/// <param name="Servers">The processes whose CPU time and memory count: without Redis, wrk and the OTLP sink.</param>
internal sealed record Contender(string Name, Uri Address, params IReadOnlyList<ChildProcess> Servers)
{
    /// <summary>A path of a server; null where the machine cannot run the server.</summary>
    public static Contender? At(string name, Server? server, string path, string contains = "") =>
        server is null ? null : new(name, server.Url(path), server.Process) { Contains = contains };

    /// <summary>How many connections wrk keeps busy.</summary>
    public int Connections { get; init; } = 32;

    /// <summary>The arguments of load.lua.</summary>
    public IReadOnlyList<string> Script { get; init; } = [];

    /// <summary>What the body of an answer to a GET has to contain; not checked where it is empty.</summary>
    public string Contains { get; init; } = "";

    /// <summary>Whether every answer has to be a 404.</summary>
    public bool ExpectsMisses { get; init; }

    /// <summary>What is begun before each load and ended after it.</summary>
    public Func<CancellationToken, Task<IAsyncDisposable>>? Meanwhile { get; init; }
}

using CacheDemo.Bench.Load;
using CacheDemo.Bench.Processes;

namespace CacheDemo.Bench;

/// <summary>A run: what its rows share.</summary>
internal sealed record Run(
    BenchOptions Options,
    Report Report,
    Published Published,
    Servers Servers,
    Action<string> Progress,
    CancellationToken Stop)
{
    private readonly HashSet<int> _underLoad = [];

    /// <summary>Servers that only one row uses.</summary>
    public Servers OwnServers() => new(Published, Stop);

    /// <summary>Whether a program is installed; where it is not, the report names it.</summary>
    public bool Has(string tool)
    {
        var installed = Tool.IsInstalled(tool);
        if (!installed)
            Report.LeaveOut($"{tool} is not installed");
        return installed;
    }

    /// <summary>Whether a contender needs a warm-up; of a quick run only those servers that had no load yet.</summary>
    public bool IsCold(Contender contender) =>
        contender.Servers.Count(server => _underLoad.Add(server.Id)) > 0 || !Options.Quick;

    /// <summary>The original in front of a Redis; null where it cannot run.</summary>
    public async Task<Server?> OriginalAsync(Server redis) =>
        Has(Tool.Original) ? await Servers.OriginalAsync(redis) : null;

    /// <summary>webdis in front of a Redis; null where it cannot run.</summary>
    public async Task<Server?> WebdisAsync(Server redis) =>
        Has(Tool.Webdis) ? await Servers.WebdisAsync(redis) : null;
}

using System.Text.Json;

namespace CacheDemo.Bench.Load;

/// <summary>What wrk measured, as load.lua prints it; times in microseconds.</summary>
internal sealed record WrkFigures(
    long Requests, long Microseconds, long P50, long P99, long Longest,
    long Connect, long Read, long Write, long Timeout, long Status)
{
    private const string Prefix = "figures ";

    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web);

    /// <summary>Requests a second.</summary>
    public double Rate => Requests / (Microseconds / 1e6);

    /// <summary>Connections that failed, and requests that were not answered.</summary>
    public long SocketErrors => Connect + Read + Write + Timeout;

    /// <summary>Finds them in wrk's output.</summary>
    /// <exception cref="FormatException">They are not there, as where wrk could not connect.</exception>
    public static WrkFigures Parse(string output)
    {
        var line = output.Split('\n').FirstOrDefault(line => line.StartsWith(Prefix, StringComparison.Ordinal));
        return line is not null && JsonSerializer.Deserialize<WrkFigures>(line[Prefix.Length..], Json) is { } figures
            ? figures
            : throw new FormatException($"wrk did not print its figures: {output.Trim()}");
    }

    /// <summary>
    /// Errors: socket errors, and answers with a status other than 2xx and 3xx, or, where a miss is expected, with one
    /// of these.
    /// </summary>
    public long Errors(bool expectsMisses) => SocketErrors + (expectsMisses ? Math.Max(0, Requests - Status) : Status);
}

using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Text;
using CacheDemo.Api.Expiration;
using CacheDemo.Api.Http;
using CacheDemo.Api.Keyspace;
using CacheDemo.Redis;
using Microsoft.Extensions.Options;
using StackExchange.Redis;

namespace CacheDemo.Api.Keys;

/// <summary>
/// Pages through the keys under the prefix. A cluster is scanned primary by primary: a cursor is the number of a shard
/// and its SCAN cursor.
/// </summary>
internal sealed class KeyScanner(
    IConnectionMultiplexer redis, ConnectionVerification verification, CacheKeys keys, RedisClock clock,
    IOptions<CacheOptions> options)
{
    /// <summary>How many SCANs a count takes at most.</summary>
    private const int MaxCountScans = 25;

    /// <summary>How long a page is scanned for: on a shared server most keys may belong to others.</summary>
    private static readonly TimeSpan MaxScanTime = TimeSpan.FromMilliseconds(250);

    /// <summary>
    /// Reads a page of about <paramref name="count"/> keys; it may have fewer, or none, before the end.
    /// </summary>
    /// <exception cref="BadInputException">The cursor is not one that was returned.</exception>
    public async Task<KeyPage> PageAsync(string? match, string? cursor, int count)
    {
        var (found, next) = await NamesAsync(match, cursor, count);
        var entries = await Task.WhenAll(found.Select(DescribeAsync));
        return new KeyPage([.. entries.OfType<KeyEntry>()], next);
    }

    /// <summary>As <see cref="PageAsync"/>, with the names only.</summary>
    /// <exception cref="BadInputException">The cursor is not one that was returned.</exception>
    /// <exception cref="RedisRefusedException">Redis must not be used.</exception>
    public async Task<(IReadOnlyCollection<string> Names, string? Next)> NamesAsync(
        string? match,
        string? cursor,
        int count)
    {
        var started = Stopwatch.GetTimestamp();
        var primaries = await PrimariesAsync();
        var (shard, position) = Parse(cursor, primaries.Length);
        var pattern = Pattern(match);

        var found = new HashSet<string>(StringComparer.Ordinal);
        while (found.Count < count && shard < primaries.Length && Stopwatch.GetElapsedTime(started) < MaxScanTime)
        {
            var reply = await ScanAsync(primaries[shard], position, pattern, count);
            position = (string)reply[0]!;
            foreach (var key in (RedisKey[])reply[1]!)
            {
                if (Addressable(key) is { } name)
                    found.Add(name);
            }

            if (position == "0")
                shard++;
        }

        return (
            found,
            shard < primaries.Length ? string.Create(CultureInfo.InvariantCulture, $"{shard}-{position}") : null);
    }

    /// <summary>
    /// About how many keys match (<see cref="KeyEstimate"/>), from a few SCANs, in turn on each primary; null where it
    /// cannot be estimated.
    /// </summary>
    public async Task<long?> CountAsync(string? match)
    {
        var primaries = await PrimariesAsync();
        var counts = primaries.Take(MaxCountScans).Select(primary => new PrimaryCount(primary)).ToArray();
        for (var left = MaxCountScans; left > 0;)
        {
            var next = counts.Where(count => !count.IsFinished).OrderBy(count => count.Scans).Take(left).ToArray();
            if (next.Length == 0)
                break;
            await Task.WhenAll(next.Select(count => count.ScanAsync(this, Pattern(match))));
            left -= next.Length;
        }

        // The COUNT of Garnet is of keys that match, which does not say how many were scanned.
        return counts.Any(count => !count.IsFinished && count.Primary.GetProductVariant(out _) is ProductVariant.Garnet)
            ? null
            : KeyEstimate.Of(await Task.WhenAll(counts.Select(count => count.ResultAsync())), primaries.Length);
    }

    private string Pattern(string? match) =>
        EscapeGlob(options.Value.Prefix) + (string.IsNullOrEmpty(match) ? "*" : match);

    /// <summary>The count of the keys of one primary so far.</summary>
    private sealed class PrimaryCount(IServer primary)
    {
        private readonly HashSet<string> _found = new(StringComparer.Ordinal);
        private string _position = "0";

        public IServer Primary => primary;

        public int Scans { get; private set; }

        public bool IsFinished => Scans > 0 && _position == "0";

        public async Task ScanAsync(KeyScanner scanner, string pattern)
        {
            var reply = await KeyScanner.ScanAsync(primary, _position, pattern, KeyEstimate.PerScan);
            (_position, Scans) = ((string)reply[0]!, Scans + 1);
            _found.UnionWith(((RedisKey[])reply[1]!).Select(scanner.Addressable).OfType<string>());
        }

        public async Task<ScannedPrimary> ResultAsync() =>
            new(_found.Count, Scans, IsFinished ? null : await primary.DatabaseSizeAsync());
    }

    // The range differs between engines: cursors of Garnet are signed.
    private static async Task<RedisResult[]> ScanAsync(IServer primary, string position, string pattern, int count)
    {
        try
        {
            return (RedisResult[])(await primary.ExecuteAsync("SCAN", position, "MATCH", pattern, "COUNT", count))!;
        }
        catch (RedisServerException e) when (e.Message.StartsWith("ERR invalid cursor", StringComparison.Ordinal))
        {
            throw NoCursor();
        }
    }

    private static BadInputException NoCursor() => new("cursor", "The cursor is not one that /keys answered.");

    private async Task<IServer[]> PrimariesAsync()
    {
        // Also for those who list or flush outside a request that needs Redis.
        verification.ThrowIfRefused();
        var connected = redis.GetServers().Where(server => server.IsConnected && !server.IsReplica).ToArray();
        if (connected.Length == 0)
            throw Away("No primary is connected.");

        // A shard that is away is scanned all the same, and fails: a list without its keys would seem complete.
        if (connected[0].ServerType is ServerType.Cluster && await connected[0].ClusterNodesAsync() is { } cluster)
            connected = [.. cluster.Nodes.Where(node => !node.IsReplica && node.Slots.Count > 0).Select(ServerOf)];

        // By address, so that a cursor is of the same shard on every instance.
        return [.. connected.OrderBy(server => server.EndPoint.ToString(), StringComparer.Ordinal)];
    }

    private IServer ServerOf(ClusterNode node)
    {
        try
        {
            // By name or by address: GetServers has only one of them.
            return redis.GetServer(node.EndPoint!);
        }
        catch (ArgumentException)
        {
            throw Away("A shard is not known yet.");
        }
    }

    private static RedisConnectionException Away(string why) =>
        new(
            ConnectionFailureType.UnableToResolvePhysicalConnection, CommandFlags.None, why, innerException: null,
            CommandStatus.WaitingToBeSent);

    private static (int Shard, string Position) Parse(string? cursor, int shards)
    {
        if (string.IsNullOrEmpty(cursor))
            return (0, "0");

        return cursor.Split('-') is [var shard, var position]
            && int.TryParse(shard, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number < shards
            && ulong.TryParse(position, NumberStyles.None, CultureInfo.InvariantCulture, out _)
            ? (number, position)
            : throw NoCursor();
    }

    // A key that another client put under the prefix may be invalid here.
    private string? Addressable(RedisKey key) =>
        keys.Name(key) is { } name && options.Value.KeyProblem(name) is null ? name : null;

    private async Task<KeyEntry?> DescribeAsync(string name)
    {
        var database = redis.GetDatabase();
        var key = keys.Item(name);
        var asked = clock.Now;
        var ttl = database.ExecuteAsync("PTTL", key);
        var size = database.StringLengthAsync(key);
        var record = ExpirationEntry.RecordAsync(database.StringGetAsync(keys.ExpirationRecord(name)));

        long? bytes;
        try
        {
            bytes = await size;
        }
        catch (RedisServerException e) when (e.Kind is RedisErrorKind.WrongType)
        {
            bytes = null;
        }

        // Gone since the SCAN, or expired and not removed yet.
        var milliseconds = (long)await ttl;
        if (milliseconds == ExpirationDecision.NoKey)
            return null;
        var originalTtl = ExpirationEntry.FromRedis(await record)?.TtlOf(name, asked, milliseconds);
        return new KeyEntry(name, milliseconds < 0 ? null : milliseconds / 1000.0, bytes, originalTtl);
    }

    /// <summary>A glob of Redis that matches this text and nothing else.</summary>
    public static string EscapeGlob(string text)
    {
        var escaped = new StringBuilder();
        foreach (var c in text)
        {
            if (c is '*' or '?' or '[' or ']' or '\\')
                escaped.Append('\\');
            escaped.Append(c);
        }

        return escaped.ToString();
    }
}

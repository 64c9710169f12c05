using System.Collections.Concurrent;
using System.Net;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using StackExchange.Redis;

namespace CacheDemo.Redis;

/// <summary>
/// Logs, once per change, that Redis is away or back, and why; keeps <see cref="RedisConnectionState"/>.
/// </summary>
internal sealed partial class RedisConnectionMonitor(
    IConnectionMultiplexer redis,
    IOptions<ConfigurationOptions> options,
    RedisClientDefaults defaults,
    ConnectionVerification verification,
    RedisConnectionState state,
    BackgroundWork work,
    ILogger<RedisConnectionMonitor> logger
) : BackgroundService
{
    private const string Checking = "monitoring the connection";

    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(2);

    /// <summary>
    /// The reasons that were logged since Redis went away: the one that somebody can act on may be known later.
    /// </summary>
    private readonly HashSet<string> _loggedReasons = [];

    private readonly ConcurrentDictionary<EndPoint, bool> _serversAway = new();
    private bool? _connected;

    public override async Task StartAsync(CancellationToken cancellationToken)
    {
        redis.ConnectionFailed += OnFailed;
        redis.ConnectionRestored += OnRestored;
        // Where it is not connected, the loop below finds out why before anything is logged.
        if (redis.IsConnected)
        {
            await ReportConnectedAsync(newConnection: false);
            foreach (var server in redis.GetServers().Where(server => !server.IsConnected))
                ReportServerAway(server.EndPoint, "it does not answer");
        }
        else if (defaults.CredentialsProblem is { } why)
            Report(connected: false, why, "");
        await base.StartAsync(cancellationToken);
    }

    public override Task StopAsync(CancellationToken cancellationToken)
    {
        redis.ConnectionFailed -= OnFailed;
        redis.ConnectionRestored -= OnRestored;
        return base.StopAsync(cancellationToken);
    }

    // StackExchange.Redis raises an event for the first failure of a connection only; why the next attempts fail,
    // another connection finds out.
    protected override Task ExecuteAsync(CancellationToken stoppingToken) => work.EveryAsync(
        Checking,
        Interval,
        async () =>
        {
            if (redis.IsConnected)
                await ReportConnectedAsync(newConnection: false);
            else if (await DiagnoseAsync() is { } reason && !redis.IsConnected)
                Report(connected: false, reason, reason);
        },
        stoppingToken,
        unverified: true);

    private async Task ReportConnectedAsync(bool newConnection)
    {
        await verification.VerifyAsync(newConnection);
        if (!redis.IsConnected)
            return;
        if (verification.Problem is { } problem)
            Report(connected: false, Reason(problem), "");
        else
            Report(connected: true, null, "");
    }

    // A sentence without its capital and full stop.
    private static string Reason(RedisProblem problem)
    {
        var sentence = problem.Detail.TrimEnd('.');
        return char.IsLower(sentence[1]) ? $"{char.ToLowerInvariant(sentence[0])}{sentence[1..]}" : sentence;
    }

    private async Task<string?> DiagnoseAsync()
    {
        var attempt = options.Value.Clone();
        attempt.AbortOnConnectFail = true;
        attempt.LoggerFactory = null; // the reason is logged once, by this class
        try
        {
            await using var connection = await ConnectionMultiplexer.ConnectAsync(attempt);
            return null;
        }
        catch (RedisConnectionException e)
        {
            return defaults.CredentialsProblem
                ?? RedisFailure.Describe(e)
                ?? await ConnectionProbe.DiagnoseAsync(attempt);
        }
    }

    private void OnFailed(object? sender, ConnectionFailedEventArgs e)
    {
        var actionable = defaults.CredentialsProblem ?? RedisFailure.Describe(e.Exception);
        var general = e.FailureType switch
        {
            ConnectionFailureType.CircuitBreaker => "it stopped answering",
            ConnectionFailureType.SocketClosed or ConnectionFailureType.ConnectionDisposed =>
                "it closed the connection",
            ConnectionFailureType.SocketFailure => "the connection broke",
            _ => "it does not answer",
        };

        // One of several servers, such as a shard of a cluster.
        if (redis.IsConnected && e.EndPoint is { } server && !redis.GetServer(server).IsConnected)
            ReportServerAway(server, actionable ?? general);

        Report(redis.IsConnected && verification.Problem is null, actionable, general);
    }

    private void ReportServerAway(EndPoint server, string reason)
    {
        if (_serversAway.TryAdd(server, true))
            LogServerAway(EndPointCollection.ToString(server), reason);
    }

    private void OnRestored(object? sender, ConnectionFailedEventArgs e)
    {
        if (e.EndPoint is { } server && _serversAway.TryRemove(server, out _))
            LogServerConnected(EndPointCollection.ToString(server));
        _ = work.TryAsync(
            Checking,
            () => ReportConnectedAsync(newConnection: e.ConnectionType is ConnectionType.Interactive));
    }

    private void Report(bool connected, string? actionable, string general)
    {
        lock (_loggedReasons)
        {
            var changed = connected != _connected;
            _connected = connected;
            var reason = actionable ?? (state.OnlyReplicas ? "only replicas are connected" : general);
            state.Set(connected, connected ? null : reason);
            if (connected)
                _loggedReasons.Clear();
            else if (actionable is not null)
                changed = _loggedReasons.Add(actionable);
            // While connections are replaced on purpose, only other reasons are worth a line.
            if (!changed || (state.OnlyReplicas && actionable is null))
                return;
        }

        if (connected)
            LogConnected();
        else
            LogAway(actionable ?? general);
    }

    [LoggerMessage(
        LogLevel.Warning,
        "The Redis server {Server} is away: {Reason}. Commands for its keys fail until it, or another in its place, "
            + "serves them")]
    private partial void LogServerAway(string server, string reason);

    [LoggerMessage(LogLevel.Information, "The Redis server {Server} is connected")]
    private partial void LogServerConnected(string server);

    [LoggerMessage(LogLevel.Information, "Redis is connected")]
    private partial void LogConnected();

    [LoggerMessage(LogLevel.Warning, "Redis is away: {Reason}. Commands fail until it is back")]
    private partial void LogAway(string reason);
}

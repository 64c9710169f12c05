using System.Collections.Concurrent;
using System.Net;
using CacheDemo.Api.Diagnostics;
using Microsoft.Extensions.Options;
using StackExchange.Redis;

namespace CacheDemo.Api.Redis;

/// <summary>Tells, once per change, that Redis went away or came back, and why, however many requests feel it.</summary>
internal sealed partial class RedisStateLog(
    IConnectionMultiplexer redis, IOptions<ConfigurationOptions> options, RedisDefaults defaults, RedisVerification verification,
    MovedPrimary moved, CacheMetrics metrics, RedisState state, RedisLoop loop, ILogger<RedisStateLog> logger) : BackgroundService
{
    private const string Work = "looking after the connection";

    private static readonly TimeSpan AskInterval = TimeSpan.FromSeconds(2);

    /// <summary>What was said since Redis went away: a reason that somebody has to do something about may come later.</summary>
    private readonly HashSet<string> _said = [];

    private readonly ConcurrentDictionary<EndPoint, bool> _serversAway = new();
    private bool? _connected;

    public override async Task StartAsync(CancellationToken cancellationToken)
    {
        redis.ConnectionFailed += OnFailed;
        redis.ConnectionRestored += OnRestored;
        // Where it is not, the loop below finds out why before anything is said.
        if (redis.IsConnected)
            await SayConnectedAsync(anew: false);
        else if (defaults.WithoutPassword is { } why)
            Say(connected: false, why, "");
        await base.StartAsync(cancellationToken);
    }

    public override Task StopAsync(CancellationToken cancellationToken)
    {
        redis.ConnectionFailed -= OnFailed;
        redis.ConnectionRestored -= OnRestored;
        return base.StopAsync(cancellationToken);
    }

    // StackExchange.Redis tells of a connection's first failure only. Why the next fail too, another connection finds out.
    protected override Task ExecuteAsync(CancellationToken stoppingToken) => loop.EveryAsync(
        Work,
        AskInterval,
        async () =>
        {
            if (redis.IsConnected)
                await SayConnectedAsync(anew: false);
            else if (await WhyAsync() is { } reason && !redis.IsConnected)
                Say(connected: false, reason, reason);
        },
        stoppingToken,
        unverified: true);

    private async Task SayConnectedAsync(bool anew)
    {
        await verification.VerifyAsync(anew);
        if (!redis.IsConnected)
            return;
        if (verification.Problem is { } problem)
            Say(connected: false, Reason(problem), "");
        else
            Say(connected: true, null, "");
    }

    // A sentence, as it stands after a colon.
    private static string Reason(RedisProblem problem)
    {
        var sentence = problem.Detail.TrimEnd('.');
        return char.IsLower(sentence[1]) ? $"{char.ToLowerInvariant(sentence[0])}{sentence[1..]}" : sentence;
    }

    private async Task<string?> WhyAsync()
    {
        var asking = options.Value.Clone();
        asking.AbortOnConnectFail = true;
        try
        {
            await using var connection = await ConnectionMultiplexer.ConnectAsync(asking);
            return null;
        }
        catch (RedisConnectionException e)
        {
            return defaults.WithoutPassword ?? RedisFailure.Describe(e) ?? await RedisKnock.AskAsync(asking);
        }
    }

    private void OnFailed(object? sender, ConnectionFailedEventArgs e)
    {
        metrics.Disconnected(e.FailureType);
        var remediable = defaults.WithoutPassword ?? RedisFailure.Describe(e.Exception);
        var otherwise = e.FailureType switch
        {
            ConnectionFailureType.CircuitBreaker => "it stopped answering",
            ConnectionFailureType.SocketClosed or ConnectionFailureType.ConnectionDisposed => "it closed the connection",
            ConnectionFailureType.SocketFailure => "the connection broke",
            _ => "it does not answer",
        };

        // One of several, as a shard of a cluster.
        if (redis.IsConnected && e.EndPoint is { } server && !redis.GetServer(server).IsConnected && _serversAway.TryAdd(server, true))
            LogServerAway(EndPointCollection.ToString(server), remediable ?? otherwise);
        Say(redis.IsConnected && verification.Problem is null, remediable, otherwise);
    }

    private void OnRestored(object? sender, ConnectionFailedEventArgs e)
    {
        if (e.EndPoint is { } server && _serversAway.TryRemove(server, out _))
            LogServerConnected(EndPointCollection.ToString(server));
        _ = loop.TryAsync(Work, () => SayConnectedAsync(anew: e.ConnectionType is ConnectionType.Interactive));
    }

    private void Say(bool connected, string? remediable, string otherwise)
    {
        lock (_said)
        {
            var changed = connected != _connected;
            _connected = connected;
            metrics.Connected(connected);
            state.Set(connected, connected ? null : remediable ?? (moved.IsLooking ? "only replicas are connected" : otherwise));
            if (connected)
                _said.Clear();
            else if (remediable is not null)
                changed = _said.Add(remediable);
            // While connections are made anew on purpose, only what is wrong besides is worth saying.
            if (!changed || (moved.IsLooking && remediable is null))
                return;
        }

        if (connected)
            LogConnected();
        else
            LogAway(remediable ?? otherwise);
    }

    [LoggerMessage(LogLevel.Warning, "The Redis server {Server} is away: {Reason}. Its keys get 503 until it, or another in its place, serves them")]
    private partial void LogServerAway(string server, string reason);

    [LoggerMessage(LogLevel.Information, "The Redis server {Server} is connected")]
    private partial void LogServerConnected(string server);

    [LoggerMessage(LogLevel.Information, "Redis is connected")]
    private partial void LogConnected();

    [LoggerMessage(LogLevel.Warning, "Redis is away: {Reason}. Requests get 503 until it is back")]
    private partial void LogAway(string reason);
}

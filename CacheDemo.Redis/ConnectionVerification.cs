using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Options;
using StackExchange.Redis;

namespace CacheDemo.Redis;

/// <summary>Why Redis must not be used, although it is connected.</summary>
/// <param name="Reason">A word for programs: <c>no_database</c>, or one of <see cref="RedisFailure.Classify"/>.</param>
/// <param name="Detail">A sentence for people, without addresses and secrets.</param>
/// <param name="IsPermanent">Whether it is a mistake in the configuration, which waiting does not correct.</param>
public sealed record RedisProblem(string Reason, string Detail, bool IsPermanent = false);

/// <summary>A command was not sent, or the client rejected it: nothing was changed.</summary>
/// <param name="problem">The reason.</param>
/// <param name="inner">What the client threw, if anything.</param>
public sealed class RedisRefusedException(RedisProblem problem, Exception? inner = null)
    : RedisException(problem.Detail, inner!)
{
    /// <summary>The reason.</summary>
    public RedisProblem Problem => problem;
}

/// <summary>
/// Verifies what StackExchange.Redis does not: that the configured user is authenticated and that the database exists.
/// Otherwise Redis would serve its default user, or database 0.
/// </summary>
public sealed class ConnectionVerification : IHealthCheck
{
    private readonly IConnectionMultiplexer _redis;
    private readonly IRedisCredentials _credentials;
    private readonly RedisConnectionState _state;
    private readonly int _database;
    private volatile RedisProblem? _problem;
    private int _failures;

    internal ConnectionVerification(
        IConnectionMultiplexer redis,
        IRedisCredentials credentials,
        RedisConnectionState state,
        IOptions<ConfigurationOptions> options)
    {
        (_redis, _credentials, _state) = (redis, credentials, state);
        _database = options.Value.DefaultDatabase ?? 0;
        if (_database > 0 || _credentials.User is not null)
            _problem = RedisFailure.Unreachable;
        // Until a new connection is verified: another server may have taken the address. Not for a user alone, as
        // a node of a cluster that is lost would stop all others; a cluster has no other database than 0.
        if (_database > 0)
        {
            redis.ConnectionFailed += (_, _) =>
            {
                Interlocked.Increment(ref _failures);
                _problem ??= RedisFailure.Unreachable;
            };
        }
    }

    /// <summary>Why Redis must not be used; null where it may.</summary>
    public RedisProblem? Problem => _problem;

    /// <summary>Throws while there is a <see cref="Problem"/>.</summary>
    /// <exception cref="RedisRefusedException">There is a problem.</exception>
    public void ThrowIfRefused()
    {
        if (_problem is { } problem)
            throw new RedisRefusedException(problem);
    }

    /// <summary>Verifies the open connections. It does not throw where Redis fails.</summary>
    /// <param name="again">Whether to verify also where there is no problem, as one of them is new.</param>
    public async Task VerifyAsync(bool again = false)
    {
        if (!again && _problem is null)
            return;

        try
        {
            var failures = Volatile.Read(ref _failures);
            var servers = _redis.GetServers().Where(server => server.IsConnected).ToArray();
            var problem = await UserProblemAsync(servers) ?? await DatabaseProblemAsync(servers);
            // A connection that was replaced meanwhile is not verified by this.
            if (servers.Length > 0 && failures == Volatile.Read(ref _failures))
                _problem = problem;
        }
        catch (Exception e) when (RedisFailure.IsRedisFault(e))
        {
            // The connection was lost meanwhile: the next one is verified.
        }
    }

    /// <inheritdoc />
    public Task<HealthCheckResult> CheckHealthAsync(
        HealthCheckContext context, CancellationToken cancellationToken = default) => Task.FromResult(
        _problem is not { } problem ? HealthCheckResult.Healthy()
        : problem == RedisFailure.Unreachable && _state.Current.Reason is { } reason
            ? HealthCheckResult.Unhealthy($"Redis is away: {reason}.")
        : HealthCheckResult.Unhealthy(problem.Detail));

    private async Task<RedisProblem?> UserProblemAsync(IServer[] servers)
    {
        if (_credentials.User is not { } user)
            return null;

        try
        {
            var password = _credentials.Password ?? "";
            await Task.WhenAll(servers.Select(server => server.ExecuteAsync("AUTH", user, password)));
            return null;
        }
        catch (RedisServerException)
        {
            return new("not_authenticated", "The user or the password is refused.");
        }
        catch (RedisCredentialsException e)
        {
            return new("not_authenticated", $"{e.Message}.");
        }
    }

    private async Task<RedisProblem?> DatabaseProblemAsync(IServer[] servers)
    {
        if (_database == 0)
            return null;
        if (servers.Any(server => server.ServerType is ServerType.Cluster))
            return new(
                "no_database",
                $"Database {_database} is named, and a cluster has database 0 only.",
                IsPermanent: true);

        try
        {
            await _redis.GetDatabase().ExecuteAsync("SELECT", _database);
            return null;
        }
        catch (RedisServerException e) when (e.Kind is RedisErrorKind.NoPermission)
        {
            return new("no_permission", $"SELECT {_database} is refused: the user has not the right to it.");
        }
        // The client itself refuses where it knows how many databases there are.
        catch (Exception e) when (RedisFailure.IsRefusal(e))
        {
            return new(
                "no_database",
                $"SELECT {_database} is refused: this Redis has no such database.",
                IsPermanent: true);
        }
    }
}

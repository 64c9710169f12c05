using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Options;
using StackExchange.Redis;

namespace CacheDemo.Api.Redis;

/// <summary>Why Redis is not asked, although it is connected.</summary>
/// <param name="Reason">A word for programs, as <see cref="RedisFailure.Classify"/> has it.</param>
/// <param name="Detail">A sentence for people; it holds no address and no secret.</param>
/// <param name="IsLasting">Whether it is a mistake in the configuration, which no waiting mends.</param>
internal sealed record RedisProblem(string Reason, string Detail, bool IsLasting = false);

/// <summary>Redis was not asked, or its client refused to: nothing was changed.</summary>
internal sealed class RedisRefusedException(RedisProblem problem, Exception? inner = null)
    : RedisException(problem.Detail, inner!)
{
    /// <summary>Why.</summary>
    public RedisProblem Problem => problem;
}

/// <summary>
/// Makes sure of what StackExchange.Redis takes for granted of a connection: that the user who was named signed in, and that the
/// database is there. Redis would otherwise serve its default user, or database 0.
/// </summary>
internal sealed class RedisVerification : IHealthCheck
{
    private readonly IConnectionMultiplexer _redis;
    private readonly IRedisCredentials _credentials;
    private readonly int _database;
    private volatile RedisProblem? _problem;
    private int _failures;

    public RedisVerification(
        IConnectionMultiplexer redis, IRedisCredentials credentials, IOptions<ConfigurationOptions> options)
    {
        (_redis, _credentials, _database) = (redis, credentials, options.Value.DefaultDatabase ?? 0);
        if (_database > 0 || _credentials.User is not null)
            _problem = RedisFailure.Unreachable;
        // Before a new connection serves anybody: another server may be at the address by then.
        if (_database > 0)
        {
            redis.ConnectionFailed += (_, _) =>
            {
                Interlocked.Increment(ref _failures);
                _problem ??= RedisFailure.Unreachable;
            };
        }
    }

    /// <summary>Why Redis is not to be asked; null where it may be.</summary>
    public RedisProblem? Problem => _problem;

    /// <summary>Refuses while there is a <see cref="Problem"/>.</summary>
    /// <exception cref="RedisRefusedException">There is one.</exception>
    public void ThrowIfRefused()
    {
        if (_problem is { } problem)
            throw new RedisRefusedException(problem);
    }

    /// <summary>Verifies the connections that there are; does not throw for what Redis says.</summary>
    /// <param name="anew">Whether also those that were verified before, as one of them is new.</param>
    public async Task VerifyAsync(bool anew = false)
    {
        if (!anew && _problem is null)
            return;

        try
        {
            var failures = Volatile.Read(ref _failures);
            var servers = _redis.GetServers().Where(server => server.IsConnected).ToArray();
            var problem = await UserProblemAsync(servers) ?? await DatabaseProblemAsync(servers);
            // Of a connection that is made anew meanwhile, this says nothing.
            if (servers.Length > 0 && failures == Volatile.Read(ref _failures))
                _problem = problem;
        }
        catch (Exception e) when (RedisFailure.IsAway(e))
        {
            // It went away meanwhile: the next connection is verified.
        }
    }

    /// <inheritdoc />
    public Task<HealthCheckResult> CheckHealthAsync(
        HealthCheckContext context, CancellationToken cancellationToken = default) => Task.FromResult(
        _problem is { } problem ? HealthCheckResult.Unhealthy(problem.Detail) : HealthCheckResult.Healthy());

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
            return new("no_database", $"Database {_database} is named, and a cluster has database 0 only.", IsLasting: true);

        try
        {
            await _redis.GetDatabase().ExecuteAsync("SELECT", _database);
            return null;
        }
        catch (RedisServerException e) when (e.Kind is RedisErrorKind.NoPermission)
        {
            return new("no_permission", $"SELECT {_database} is refused: the user has not the right to it.");
        }
        // The client refuses where it could read how many databases there are.
        catch (Exception e) when (RedisFailure.IsRefusal(e))
        {
            return new("no_database", $"SELECT {_database} is refused: this Redis has no such database.", IsLasting: true);
        }
    }
}

using System.Net;
using StackExchange.Redis;

namespace CacheDemo.Api.Redis;

internal static class RedisExtensions
{
    /// <summary>
    /// Adds the Redis client from <c>ConnectionStrings:redis</c>, else <c>REDIS_ENDPOINT</c>, else a server on this machine,
    /// with what <see cref="RedisOptions"/> and <see cref="ElastiCacheIamOptions"/> say of trust, signing in and reading.
    /// </summary>
    /// <exception cref="FormatException">The connection string or an option is malformed.</exception>
    public static void AddDemoRedis(this IHostApplicationBuilder builder)
    {
        var configuration = builder.Configuration;
        var options = RedisConnectionString.Parse(
            configuration.GetConnectionString("redis") is { Length: > 0 } connectionString ? connectionString
            : configuration["REDIS_ENDPOINT"] is { Length: > 0 } endpoint ? endpoint
            : "localhost:6379");
        var redis = configuration.GetSection("Redis").Get<RedisOptions>() ?? new RedisOptions();
        var authority = redis.CertificateAuthority is { Length: > 0 } path ? CertificateAuthority.Load(path) : null;
        if (authority is not null && !options.Ssl)
            throw new FormatException("Redis:CertificateAuthority is for TLS: the connection string must say rediss:// or ssl=true.");
        var credentials = builder.Services.AddCredentials(configuration, options, redis);
        builder.Services.AddSingleton(credentials);
        var defaults = new RedisDefaults(credentials);
        builder.Services.AddSingleton(defaults);

        builder.AddRedisClient(
            "redis",
            // User and password are the defaults' to give, at every connection; what a URL's hold, no StackExchange.Redis string could.
            settings =>
            {
                settings.ConnectionString = options.ToString(includePassword: false);
                // It would keep a profile of every command, sampled or not, and give its spans seconds late: CacheMetrics does it.
                settings.DisableTracing = true;
            },
            configured =>
            {
                configured.Defaults = defaults;
                configured.User = configured.Password = null;
                if (authority is not null)
                    configured.TrustIssuer(authority);
                // Aspire binds the options to the configuration before this, and with it writes the library's own policy into
                // them. A request fails at once while disconnected: what waits for a reconnect waits as long as Redis is away.
                configured.BacklogPolicy = BacklogPolicy.FailFast;
                configured.CircuitBreaker = new RedisBreaker();
            });

        builder.Services.AddSingleton(RedisReads.From(redis.ReadFrom));
        builder.Services.AddSingleton<RedisVerification>();
        builder.Services.AddHealthChecks().AddCheck<RedisVerification>("redis-verified");
        builder.Services.AddSingleton<RedisLoop>();
        // The loops guard themselves; what is outside of one ends that service alone, with an error in the log.
        builder.Services.Configure<HostOptions>(host => host.BackgroundServiceExceptionBehavior = BackgroundServiceExceptionBehavior.Ignore);
        builder.Services.AddSingleton<RedisState>();
        builder.Services.AddSingleton<RedisRequests>();
        builder.Services.AddHostedService<RedisStateLog>();
        builder.Services.AddSingleton<MovedPrimary>();
        builder.Services.AddHostedService(services => services.GetRequiredService<MovedPrimary>());
    }

    /// <summary>Ends the start where Redis answers, and what it says cannot change by waiting. One that is away may come later.</summary>
    /// <exception cref="FormatException">The connection string names a database that is not there; the message says so in a line.</exception>
    public static async Task VerifyRedisAsync(this IHost app)
    {
        var verification = app.Services.GetRequiredService<RedisVerification>();
        await verification.VerifyAsync();
        if (verification.Problem is { IsLasting: true } problem)
            throw new FormatException($"The Redis connection string is wrong: {problem.Detail}");
    }

    /// <summary>Holds the routes to <see cref="RedisRequests"/>.</summary>
    public static TBuilder AsksRedis<TBuilder>(this TBuilder routes) where TBuilder : IEndpointConventionBuilder => routes.AddEndpointFilter(
        (context, next) => context.HttpContext.RequestServices.GetRequiredService<RedisRequests>().InvokeAsync(context, next));

    private static IRedisCredentials AddCredentials(
        this IServiceCollection services, IConfiguration configuration, ConfigurationOptions options, RedisOptions redis)
    {
        if (redis is { Password.Length: > 0, PasswordFile.Length: > 0 })
            throw new FormatException("Redis:Password and Redis:PasswordFile are both set: use one of them.");
        var password = redis.Password is { Length: > 0 } given ? given : options.Password;

        if (ElastiCacheIamOptions.From(configuration, (options.EndPoints[0] as DnsEndPoint)?.Host) is { } iamOptions)
        {
            if (!options.Ssl)
                throw new FormatException("ElastiCache:Iam needs TLS: the connection string must say rediss:// or ssl=true.");
            if (options.User is not null || password is not null || redis.PasswordFile is { Length: > 0 })
                throw new FormatException("ElastiCache:Iam signs in by itself: leave user, password and Redis:PasswordFile out.");

            var iam = new ElastiCacheIam(iamOptions, TimeProvider.System);
            services.AddSingleton(iam);
            services.AddHostedService<Reauthentication>();
            return iam;
        }

        if (redis.PasswordFile is not { Length: > 0 } path)
        {
            // Without one StackExchange.Redis would not sign in at all.
            return password is null && options.User is not (null or "default")
                ? throw new FormatException("The Redis connection string names a user and no password: give password=, Redis:Password or Redis:PasswordFile.")
                : new FixedCredentials(options.User, password);
        }

        var file = new PasswordFile(path, options.User);
        try
        {
            _ = file.Password;
            return file;
        }
        catch (RedisCredentialsException e)
        {
            throw new FormatException($"{e.Message}.");
        }
    }
}

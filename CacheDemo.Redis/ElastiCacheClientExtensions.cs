using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using StackExchange.Redis;

namespace CacheDemo.Redis;

/// <summary>Connects an application to Amazon ElastiCache, or to any other Redis or Valkey server.</summary>
public static class ElastiCacheClientExtensions
{
    /// <summary>
    /// Registers a singleton <see cref="IConnectionMultiplexer"/> that signs in with a password, a password file or
    /// IAM, follows failovers, and fails fast while Redis does not answer; with a health check. An application has one.
    /// </summary>
    /// <param name="builder">The application.</param>
    /// <param name="connectionName">
    /// The name of the connection string: <c>ConnectionStrings:{connectionName}</c>.
    /// </param>
    /// <param name="configureSettings">Changes the settings that were read from the configuration.</param>
    /// <param name="configureOptions">Changes the options of StackExchange.Redis; it is called last.</param>
    /// <exception cref="InvalidOperationException">It was called before.</exception>
    /// <exception cref="OptionsValidationException">
    /// A setting is missing or wrong; each failure is one line that names the setting and holds no secret.
    /// </exception>
    public static void AddElastiCacheClient(
        this IHostApplicationBuilder builder,
        string connectionName,
        Action<ElastiCacheSettings>? configureSettings = null,
        Action<ConfigurationOptions>? configureOptions = null)
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentException.ThrowIfNullOrEmpty(connectionName);
        if (builder.Services.Any(service => service.ServiceType == typeof(RedisConnectionState)))
        {
            throw new InvalidOperationException(
                "AddElastiCacheClient was called twice: an application has one client.");
        }

        var settings = ElastiCacheSettings.From(builder.Configuration, connectionName);
        configureSettings?.Invoke(settings);
        var validation = new ElastiCacheSettingsValidator().Validate(connectionName, settings);
        if (validation.Failed)
            throw new OptionsValidationException(connectionName, typeof(ElastiCacheSettings), validation.Failures);

        var services = builder.Services;
        var options = RedisConnectionString.Parse(settings.ConnectionString!);
        var credentials = services.AddCredentials(settings, options);
        var defaults = new RedisClientDefaults(credentials);
        var authority = settings.CertificateAuthority is { Length: > 0 } path ? CertificateAuthority.Load(path) : null;

        builder.AddRedisClient(
            connectionName,
            client =>
            {
                // Without credentials: RedisClientDefaults gives them at every connection, and a password with a comma
                // does not fit into a StackExchange.Redis string.
                client.ConnectionString = options.ToString(includePassword: false);
                client.DisableTracing = settings.DisableTracing;
                client.DisableHealthChecks = settings.DisableHealthChecks;
            },
            configured =>
            {
                configured.Defaults = defaults;
                configured.User = configured.Password = null;
                if (authority is not null)
                {
                    configured.CertificateValidation += (_, certificate, chain, errors) =>
                        authority.Trusts(certificate, chain, errors, configured.CheckCertificateRevocation);
                }

                // Aspire binds the options to the configuration before this, and that writes the library's own policy
                // into them. A request fails at once while disconnected instead of waiting for the reconnect.
                configured.BacklogPolicy = BacklogPolicy.FailFast;
                configured.CircuitBreaker = new TimeoutCircuitBreaker();
                configureOptions?.Invoke(configured);
            });

        services.AddSingleton(ReadPreference.Parse(settings.ReadFrom)!);
        services.AddSingleton(services => new ConnectionVerification(
            services.GetRequiredService<IConnectionMultiplexer>(), credentials,
            services.GetRequiredService<RedisConnectionState>(),
            services.GetRequiredService<IOptions<ConfigurationOptions>>()));
        if (!settings.DisableHealthChecks)
            services.AddHealthChecks().AddCheck<ConnectionVerification>($"{connectionName}-verified");
        services.AddSingleton<BackgroundWork>();
        services.AddSingleton<RedisConnectionState>();
        services.AddHostedService<FailoverReconnector>();
        services.AddHostedService(services =>
            ActivatorUtilities.CreateInstance<RedisConnectionMonitor>(services, defaults));
    }

    /// <summary>
    /// Verifies user and database of the connection before the application starts, where Redis answers. A server that
    /// does not answer may come later, and is verified then.
    /// </summary>
    /// <exception cref="FormatException">
    /// The connection string names a database that does not exist; the message is one line.
    /// </exception>
    public static async Task VerifyElastiCacheAsync(this IHost app)
    {
        ArgumentNullException.ThrowIfNull(app);
        var verification = app.Services.GetRequiredService<ConnectionVerification>();
        await verification.VerifyAsync();
        if (verification.Problem is { IsPermanent: true } problem)
            throw new FormatException($"The Redis connection string is wrong: {problem.Detail}");
    }

    private static IRedisCredentials AddCredentials(
        this IServiceCollection services, ElastiCacheSettings settings, ConfigurationOptions options)
    {
        if (settings.PasswordFile is { Length: > 0 } path)
            return new PasswordFile(path, options.User);
        if (settings.Iam is not { } iam)
        {
            // An empty variable is no password.
            var password = settings.Password is { Length: > 0 } given ? given : options.Password;
            return new FixedCredentials(options.User, password);
        }

        var credentials = new ElastiCacheIam(iam, iam.RegionOf(options)!, TimeProvider.System);
        services.AddHostedService(services =>
            ActivatorUtilities.CreateInstance<ElastiCacheReauthentication>(services, credentials));
        return credentials;
    }
}

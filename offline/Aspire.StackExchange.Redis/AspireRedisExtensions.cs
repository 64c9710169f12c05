using Aspire.StackExchange.Redis;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using OpenTelemetry.Trace;
using StackExchange.Redis;

namespace Microsoft.Extensions.Hosting;

/// <summary>Connects services to Redis.</summary>
public static class AspireRedisExtensions
{
    private const string SectionName = "Aspire:StackExchange:Redis";
    private const string HealthCheckName = "StackExchange.Redis";

    /// <summary>Adds <see cref="IConnectionMultiplexer"/> as a singleton, with a health check and tracing.</summary>
    /// <param name="builder">The service.</param>
    /// <param name="connectionName">The name of the connection string.</param>
    /// <param name="configureSettings">Changes what the configuration says.</param>
    /// <param name="configureOptions">Changes what the connection string says.</param>
    public static void AddRedisClient(
        this IHostApplicationBuilder builder,
        string connectionName,
        Action<StackExchangeRedisSettings>? configureSettings = null,
        Action<ConfigurationOptions>? configureOptions = null)
    {
        var section = builder.Configuration.GetSection(SectionName);
        var namedSection = section.GetSection(connectionName);

        var settings = new StackExchangeRedisSettings();
        section.Bind(settings);
        namedSection.Bind(settings);
        if (builder.Configuration.GetConnectionString(connectionName) is { } connectionString)
            settings.ConnectionString = connectionString;
        configureSettings?.Invoke(settings);

        builder.Services.TryAddTransient<IOptionsFactory<ConfigurationOptions>>(services =>
            ActivatorUtilities.CreateInstance<ConfigurationOptionsFactory>(services, settings));
        builder.Services.Configure<ConfigurationOptions>(options =>
        {
            section.GetSection(nameof(ConfigurationOptions)).Bind(options);
            namedSection.GetSection(nameof(ConfigurationOptions)).Bind(options);
            configureOptions?.Invoke(options);
        });

        builder.Services.AddSingleton<IConnectionMultiplexer>(services => Connect(services, connectionName));
        if (!settings.DisableAutoActivation)
            builder.Services.AddHostedService<AutoActivation>();

        if (!settings.DisableTracing)
        {
            builder.Services.AddSingleton<RedisInstrumentation>();
            builder.Services.AddOpenTelemetry().WithTracing(tracing => tracing
                .AddSource(RedisSpan.SourceName)
                .AddInstrumentation(services => services.GetRequiredService<RedisInstrumentation>()));
        }

        if (!settings.DisableHealthChecks)
        {
            builder.Services.AddHealthChecks()
                .AddRedis(services => services.GetRequiredService<IConnectionMultiplexer>(), HealthCheckName);
        }
    }

    private static ConnectionMultiplexer Connect(IServiceProvider services, string connectionName)
    {
        var options = services.GetRequiredService<IOptions<ConfigurationOptions>>().Value;
        if (options.EndPoints.Count == 0)
        {
            throw new InvalidOperationException(
                "No endpoints specified. Ensure a valid connection string was provided in " +
                $"'ConnectionStrings:{connectionName}' or for the '{SectionName}:ConnectionString' configuration key.");
        }

        options.LoggerFactory ??= services.GetService<ILoggerFactory>();
        var connection = ConnectionMultiplexer.Connect(options);
        services.GetService<RedisInstrumentation>()?.Watch(connection);
        return connection;
    }
}

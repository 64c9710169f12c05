using System.Net;
using CacheDemo.Redis;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using StackExchange.Redis;

namespace CacheDemo.AppHost;

/// <summary>Where Redis comes from.</summary>
internal enum RedisMode
{
    /// <summary>A server that exists already: ElastiCache, or any Redis or Valkey.</summary>
    External,

    /// <summary>The Redis container of Aspire.Hosting.Redis.</summary>
    Container,

    /// <summary>CacheDemo.Garnet, for machines without containers.</summary>
    Embedded,
}

/// <summary>
/// Adds the <c>redis</c> resource; the services see only its connection string.
/// </summary>
internal static class DemoRedis
{
    /// <summary>The option of the AppHost that forces a <see cref="RedisMode"/>.</summary>
    public const string ModeKey = "Redis:Mode";

    /// <summary>The resource behind <c>redis</c> in embedded mode.</summary>
    public const string EmbeddedName = "garnet";

    /// <summary>The embedded server's endpoint.</summary>
    public const string EmbeddedEndpoint = "tcp";

    private const string EndpointKey = "REDIS_ENDPOINT";

    private sealed record Choice(RedisMode Mode, string Reason, EndPointCollection? Servers = null);

    /// <summary>
    /// Adds Redis by the configuration (<c>Redis:Mode</c>, <c>ConnectionStrings:redis</c>, <c>REDIS_ENDPOINT</c>) and
    /// by what the machine has, and logs the choice with its reason at start.
    /// </summary>
    /// <exception cref="SetupException">
    /// A forced mode is not available, or the connection string is malformed.
    /// </exception>
    public static IResourceBuilder<IResourceWithConnectionString> AddDemoRedis(
        this IDistributedApplicationBuilder builder,
        string name)
    {
        var choice = Choose(builder, name);

        builder.Eventing.Subscribe<BeforeStartEvent>((starting, _) =>
        {
            starting.Services.GetRequiredService<ILoggerFactory>().CreateLogger("CacheDemo.Redis")
                .LogInformation("Redis is {Mode}: {Reason}", choice.Mode, choice.Reason);
            return Task.CompletedTask;
        });

        return choice.Mode switch
        {
            RedisMode.External => builder.AddExternalRedis(name, choice.Servers),
            RedisMode.Container => builder.AddRedisContainer(name),
            _ => builder.AddEmbeddedRedis(name),
        };
    }

    private static Choice Choose(IDistributedApplicationBuilder builder, string name)
    {
        var configuration = builder.Configuration;
        var forced = Forced(configuration[ModeKey]);

        if (builder.ExecutionContext.IsPublishMode)
        {
            return forced is RedisMode.Embedded
                ? throw new SetupException(
                    "--Redis:Mode=embedded cannot be deployed: publish with external (the default) or container.")
                : new(forced ?? RedisMode.External, "the manifest is being published");
        }

        if (forced is RedisMode.Embedded)
            return new(RedisMode.Embedded, "Redis:Mode asks for it");

        if (forced is not RedisMode.Container)
        {
            if (ConnectionString(configuration, name) is { } connectionString)
            {
                var options = RedisConnectionString.TryParse(connectionString, out var problem)
                    ?? throw new SetupException($"The Redis connection string is malformed: {problem}");
                return new(
                    RedisMode.External,
                    $"a connection string names {string.Join(", ", options.EndPoints.Select(Address))}",
                    options.EndPoints);
            }

            if (forced is RedisMode.External)
            {
                throw new SetupException(
                    "--Redis:Mode=external needs a server: "
                    + $"set REDIS_ENDPOINT=host:6379 or --ConnectionStrings:{name}=<connection string>.");
            }
        }

        var (engine, tried) = ContainerEngine.Find(configuration);
        if (engine is not null)
            return new(RedisMode.Container, $"{engine} answers");
        return forced is RedisMode.Container
            ? throw ContainerEngine.Missing(ModeKey, tried, instead: "embedded")
            : new(RedisMode.Embedded, $"no connection string is set and no container engine answers (tried {tried})");
    }

    private static string? ConnectionString(IConfiguration configuration, string name) =>
        configuration.GetConnectionString(name) is { Length: > 0 } connectionString ? connectionString
        : configuration[EndpointKey] is { Length: > 0 } endpoint ? endpoint
        : null;

    // ToString of a DnsEndPoint begins with the address family.
    private static string Address(EndPoint endpoint) =>
        endpoint is DnsEndPoint dns ? $"{dns.Host}:{dns.Port}" : $"{endpoint}";

    private static RedisMode? Forced(string? mode) => mode?.ToLowerInvariant() switch
    {
        null or "" => null,
        "external" => RedisMode.External,
        "container" => RedisMode.Container,
        "embedded" => RedisMode.Embedded,
        _ => throw new SetupException($"--Redis:Mode={mode} is not known: use external, container or embedded."),
    };

    private static IResourceBuilder<IResourceWithConnectionString> AddExternalRedis(
        this IDistributedApplicationBuilder builder, string name, EndPointCollection? servers)
    {
        // Aspire reads ConnectionStrings:redis itself; REDIS_ENDPOINT is a parameter.
        var redis =
            builder.ExecutionContext.IsPublishMode
            || builder.Configuration.GetConnectionString(name) is { Length: > 0 }
                ? builder.AddConnectionString(name)
                : builder.AddConnectionString(
                    name,
                    ReferenceExpression.Create(
                        $"{builder.AddParameter("redis-endpoint", builder.Configuration[EndpointKey]!, secret: true)}")
                );
        return redis.ShowAddress(() => [.. (servers ?? []).Select(Address)]);
    }

    private static IResourceBuilder<RedisResource> AddRedisContainer(
        this IDistributedApplicationBuilder builder,
        string name)
    {
        const string Option = "--notify-keyspace-events", Expired = "Ex";

        // For deployments: nothing on disk, and eviction of keys with a ttl only, not of the API's own data.
        const string Bounded = "--save '' --maxmemory 256mb --maxmemory-policy volatile-lru";

        // Experimental, and the only way to keep plain TCP: https://github.com/microsoft/aspire/issues/13696
#pragma warning disable ASPIRECERTIFICATES001
        return builder.AddRedis(name)
            .WithoutHttpsCertificate()
            .WithArgs(context =>
            {
                // When published, AddRedis has the whole command in its last argument (sh -c "redis-server …"), and
                // further arguments are lost. exec replaces the shell, so that redis-server receives SIGTERM.
                if (context.ExecutionContext.IsPublishMode)
                {
                    context.Args[^1] = $"exec {context.Args[^1]} {Option} {Expired} {Bounded}";
                }
                else
                {
                    context.Args.Add(Option);
                    context.Args.Add(Expired);
                }
            });
#pragma warning restore ASPIRECERTIFICATES001
    }

    private static IResourceBuilder<IResourceWithConnectionString> AddEmbeddedRedis(
        this IDistributedApplicationBuilder builder,
        string name)
    {
        var garnet = builder
            .AddProject<Projects.CacheDemo_Garnet>(EmbeddedName)
            .WithEndpoint(
                port: builder.PortFrom("Garnet:Port"),
                name: EmbeddedEndpoint,
                scheme: "tcp",
                env: "GARNET_PORT")
            .WithSettingsFrom("Garnet");
        var endpoint = garnet.GetEndpoint(EmbeddedEndpoint);

        // Running is not listening yet: what waits for Redis waits for its PONG, which may take seconds.
        builder
            .Services.AddHealthChecks()
            .AddRedis(_ => $"{endpoint.Host}:{endpoint.Port},connectRetry=1", "garnet_ping");
        garnet.WithHealthCheck("garnet_ping");

        return builder
            .AddConnectionString(name, ReferenceExpression.Create($"{endpoint.Property(EndpointProperty.HostAndPort)}"))
            .ShowAddress(() => [$"{endpoint.Host}:{endpoint.Port}"])
            .WaitFor(garnet);
    }

    // Aspire shows URLs of what it starts; the resource of a connection string has none.
    private static IResourceBuilder<T> ShowAddress<T>(this IResourceBuilder<T> redis, Func<string[]> servers)
        where T : IResourceWithConnectionString =>
        redis.OnConnectionStringAvailable(
            (resource, available, _) =>
                available
                    .Services.GetRequiredService<ResourceNotificationService>()
                    .PublishUpdateAsync(
                        resource,
                        shown =>
                            shown with
                            {
                                Urls =
                                [
                                    .. servers()
                                        .Select(server => new UrlSnapshot(
                                            "tcp",
                                            $"tcp://{server}",
                                            IsInternal: false)),
                                ],
                            }));
}

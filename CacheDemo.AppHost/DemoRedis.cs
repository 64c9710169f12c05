using System.Net;
using CacheDemo.Api.Redis;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

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

/// <summary>Adds the <c>redis</c> resource; the services see only its connection string, whatever stands behind it.</summary>
internal static class DemoRedis
{
    /// <summary>
    /// Adds Redis from what the configuration asks for (<c>Redis:Mode</c>, <c>ConnectionStrings:redis</c>,
    /// <c>REDIS_ENDPOINT</c>) and the machine offers, and logs the choice with its reason at start.
    /// </summary>
    /// <exception cref="SetupException">A forced mode cannot be had, or the connection string is malformed.</exception>
    public static IResourceBuilder<IResourceWithConnectionString> AddDemoRedis(this IDistributedApplicationBuilder builder, string name)
    {
        var (mode, reason) = Choose(builder, name);

        builder.Eventing.Subscribe<BeforeStartEvent>((starting, _) =>
        {
            starting.Services.GetRequiredService<ILoggerFactory>().CreateLogger("CacheDemo.Redis")
                .LogInformation("Redis is {Mode}: {Reason}", mode, reason);
            return Task.CompletedTask;
        });

        return mode switch
        {
            RedisMode.External => builder.AddConnectionString(name),
            RedisMode.Container => builder.AddRedisContainer(name),
            _ => builder.AddEmbeddedRedis(name),
        };
    }

    private static (RedisMode Mode, string Reason) Choose(IDistributedApplicationBuilder builder, string name)
    {
        var configuration = builder.Configuration;
        var forced = Forced(configuration["Redis:Mode"]);

        if (builder.ExecutionContext.IsPublishMode)
        {
            return forced is RedisMode.Embedded
                ? throw new SetupException("--Redis:Mode=embedded cannot be deployed: publish with external (the default) or container.")
                : (forced ?? RedisMode.External, "the manifest is being published");
        }

        if (forced is RedisMode.Embedded)
            return (RedisMode.Embedded, "Redis:Mode asks for it");

        if (forced is not RedisMode.Container)
        {
            var key = $"ConnectionStrings:{name}";
            if (configuration[key] is not { Length: > 0 } && configuration["REDIS_ENDPOINT"] is { Length: > 0 } endpoint)
                configuration[key] = endpoint;

            if (configuration[key] is { Length: > 0 } connectionString)
            {
                var options = RedisConnectionString.TryParse(connectionString, out var problem)
                    ?? throw new SetupException($"The Redis connection string is malformed: {problem}");
                return (RedisMode.External, $"a connection string names {string.Join(", ", options.EndPoints.Select(Address))}");
            }

            if (forced is RedisMode.External)
                throw new SetupException($"--Redis:Mode=external needs a server: set REDIS_ENDPOINT=host:6379 or --{key}=<connection string>.");
        }

        var runtime = configuration["ASPIRE_CONTAINER_RUNTIME"];
        if (ContainerEngine.Find(runtime) is { } engine)
            return (RedisMode.Container, $"{engine} answers");

        var tried = runtime is { Length: > 0 } ? runtime : "docker, podman";
        return forced is RedisMode.Container
            ? throw new SetupException($"--Redis:Mode=container needs a container engine, and none answers (tried {tried}): start one, or use --Redis:Mode=embedded.")
            : (RedisMode.Embedded, $"no connection string is set and no container engine answers (tried {tried})");
    }

    // A DnsEndPoint's own words begin with its address family.
    private static string Address(EndPoint endpoint) => endpoint is DnsEndPoint dns ? $"{dns.Host}:{dns.Port}" : $"{endpoint}";

    private static RedisMode? Forced(string? mode) => mode?.ToLowerInvariant() switch
    {
        null or "" => null,
        "external" => RedisMode.External,
        "container" => RedisMode.Container,
        "embedded" => RedisMode.Embedded,
        _ => throw new SetupException($"--Redis:Mode={mode} is not known: use external, container or embedded."),
    };

    private static IResourceBuilder<RedisResource> AddRedisContainer(this IDistributedApplicationBuilder builder, string name)
    {
        const string Option = "--notify-keyspace-events", Expired = "Ex";

        // Deployed, it stays: a cache keeps nothing on disk, and makes room by dropping what has a life, not what the API counts with.
        const string Bounded = "--save '' --maxmemory 256mb --maxmemory-policy volatile-lru";

#pragma warning disable ASPIRECERTIFICATES001 // Experimental, and the only way to keep plain TCP: https://github.com/microsoft/aspire/issues/13696
        return builder.AddRedis(name)
            .WithoutHttpsCertificate()
            .WithArgs(context =>
            {
                // Published, AddRedis has the whole command in its last argument (sh -c "redis-server …"); one more would be lost.
                // The shell gives way to it, which else would not hear that the container is to stop.
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

    private static IResourceBuilder<IResourceWithConnectionString> AddEmbeddedRedis(this IDistributedApplicationBuilder builder, string name)
    {
        var garnet = builder.AddProject<Projects.CacheDemo_Garnet>("garnet")
            .WithEndpoint(name: "tcp", scheme: "tcp", env: "GARNET_PORT");
        var endpoint = garnet.GetEndpoint("tcp");

        // Running is not yet listening; what waits for Redis waits for its PONG. More than one try may take seconds.
        builder.Services.AddHealthChecks().AddRedis(_ => $"{endpoint.Host}:{endpoint.Port},connectRetry=1", "garnet_ping");
        garnet.WithHealthCheck("garnet_ping");

        return builder
            .AddConnectionString(name, ReferenceExpression.Create($"{endpoint.Property(EndpointProperty.HostAndPort)}"))
            .WaitFor(garnet);
    }
}

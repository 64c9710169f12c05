using Aspire.Hosting.Publishing;
using Microsoft.Extensions.Configuration;

namespace CacheDemo.AppHost;

/// <summary>Where the database of products comes from.</summary>
internal static class DemoProducts
{
    /// <summary>
    /// The option of the AppHost that forces a mode: <c>sqlite</c>, <c>container</c> or <c>external</c>.
    /// </summary>
    public const string ModeKey = "Products:Mode";

    private const string Name = "products";

    /// <summary>
    /// A database on this machine answers faster than Redis across a network would. With this the demonstration has the
    /// proportions of a deployment.
    /// </summary>
    private const string LatencyMs = "30";

    /// <summary>
    /// Gives the API its database by the configuration (<c>Products:Mode</c>, <c>ConnectionStrings:products</c>): an
    /// SQLite file, unless another is asked for. When publishing, it is a connection string that a deployment may set.
    /// </summary>
    /// <exception cref="SetupException">A forced mode is not available.</exception>
    public static IResourceBuilder<ProjectResource> WithProductsDatabase(this IResourceBuilder<ProjectResource> api)
    {
        var builder = api.ApplicationBuilder;
        var external = builder.Configuration.GetConnectionString(Name) is { Length: > 0 };
        var mode = builder.Configuration[ModeKey] is { Length: > 0 } forced ? forced.ToLowerInvariant()
            : external ? "external"
            : "sqlite";
        return mode switch
        {
            "sqlite" or "external" when builder.ExecutionContext.IsPublishMode => api.WithOptionalConnectionString(),
            "container" when builder.ExecutionContext.IsPublishMode => throw new SetupException(
                $"--{ModeKey}=container cannot be deployed: a deployment takes the connection string of a PostgreSQL."),
            "sqlite" => api.WithSqlite(),
            "container" => api.WithPostgresContainer(),
            "external" when external => api.WithReference(builder.AddConnectionString(Name)),
            "external" => throw new SetupException(
                $"--{ModeKey}=external needs a server: set --ConnectionStrings:{Name}=<connection string>."),
            _ => throw new SetupException(
                $"--{ModeKey}={mode} is not known: use sqlite, container or external."),
        };
    }

    /// <summary>
    /// Publishes the parameter <c>lab-enabled</c>, by which a deployment enables the experiments.
    /// </summary>
    public static IResourceBuilder<ProjectResource> WithLabParameter(this IResourceBuilder<ProjectResource> api)
    {
        var builder = api.ApplicationBuilder;
        return builder.ExecutionContext.IsPublishMode
            ? api.WithEnvironment(
                "Lab__Enabled", builder.AddParameter("lab-enabled", "false", publishValueAsDefault: true))
            : api;
    }

    // Without one, the API has an SQLite file.
    private static IResourceBuilder<ProjectResource> WithOptionalConnectionString(
        this IResourceBuilder<ProjectResource> api)
    {
        var products = api.ApplicationBuilder.AddConnectionString(Name);
        ((ParameterResource)products.Resource).Default = new Empty();
        return api.WithReference(products);
    }

    private static IResourceBuilder<ProjectResource> WithSqlite(this IResourceBuilder<ProjectResource> api) => api
        .WithEnvironment("ConnectionStrings__products", "")
        .WithEnvironment("Products__DataFolder", Path.Combine(api.ApplicationBuilder.AppHostDirectory, "data"))
        .WithEnvironment("Products__DatabaseLatencyMs", LatencyMs);

    private static IResourceBuilder<ProjectResource> WithPostgresContainer(this IResourceBuilder<ProjectResource> api)
    {
        var builder = api.ApplicationBuilder;
        if (ContainerEngine.Find(builder.Configuration) is { Engine: null, Tried: var tried })
            throw ContainerEngine.Missing(ModeKey, tried, instead: "sqlite");

        var products = builder.AddPostgres("postgres").AddDatabase(Name);
        return api
            .WithReference(products)
            .WaitFor(products)
            .WithEnvironment("Products__DatabaseLatencyMs", LatencyMs);
    }

    // Aspire publishes no default of a secret; that it may be left out is none.
    private sealed class Empty : ParameterDefault
    {
        public override string GetDefaultValue() => "";

        public override void WriteToManifest(ManifestPublishingContext context) =>
            context.Writer.WriteString("value", "");
    }
}

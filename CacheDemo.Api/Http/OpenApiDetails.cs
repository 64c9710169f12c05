using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;

namespace CacheDemo.Api.Http;

/// <summary>Title, license and tags of the OpenAPI document.</summary>
internal sealed class OpenApiDetails : IOpenApiDocumentTransformer
{
    private const string Description =
        "Set a key with a time to live, read it back from Redis, watch it expire. "
        + "Routes are named after the Redis commands that they stand for. "
        + "What the API refuses is a problem document (RFC 9457) that names the field.";

    // In the order in which a reader wants them.
    private static readonly (string Name, string Description)[] Tags =
    [
        ("Cache", "Values and their time to live."),
        ("Keys", "Which keys there are."),
        ("Events", "What happens, as it happens."),
        ("Stats", "Counts of all instances, and which Redis this is."),
        ("Products", "A cache in front of a database."),
        ("Lab", "Experiments with it, where they are enabled."),
    ];

    /// <inheritdoc />
    public Task TransformAsync(
        OpenApiDocument document, OpenApiDocumentTransformerContext context, CancellationToken cancellationToken)
    {
        document.Info = new OpenApiInfo
        {
            Title = "CacheDemo",
            Version = "1.0.0",
            Description = Description,
            Contact = new OpenApiContact { Name = "CacheDemo" },
            License = new OpenApiLicense { Name = "MIT", Identifier = "MIT" },
        };
        // Relative, so that it is valid on port 8000, behind the page and behind a load balancer.
        document.Servers = [new OpenApiServer { Url = "/", Description = "This host." }];
        document.Security = [new OpenApiSecurityRequirement()]; // an empty one: no authentication
        document.Tags = new HashSet<OpenApiTag>(
            Tags.Select(tag => new OpenApiTag { Name = tag.Name, Description = tag.Description }));
        return Task.CompletedTask;
    }
}

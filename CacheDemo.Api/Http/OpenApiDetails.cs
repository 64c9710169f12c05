using CacheDemo.Api.Cache;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;

namespace CacheDemo.Api.Http;

/// <summary>What the framework cannot know of the API, in its OpenAPI document.</summary>
internal sealed class OpenApiDetails
    : IOpenApiDocumentTransformer, IOpenApiOperationTransformer, IOpenApiSchemaTransformer
{
    private const string Description =
        "Set a key with a time to live, read it back from Redis, watch it expire. Routes are named after the Redis commands that they stand for. "
        + "What the API refuses is a problem document (RFC 9457) that names the field.";

    // In the order in which a reader wants them.
    private static readonly (string Name, string Description)[] Tags =
    [
        ("Cache", "Values and their time to live."),
        ("Keys", "Which keys there are."),
        ("Events", "What happens, as it happens."),
        ("Stats", "Counts of all instances, and which Redis this is."),
    ];

    /// <inheritdoc />
    public Task TransformAsync(OpenApiDocument document, OpenApiDocumentTransformerContext context, CancellationToken cancellationToken)
    {
        document.Info = new OpenApiInfo
        {
            Title = "CacheDemo",
            Version = "1.0.0",
            Description = Description,
            Contact = new OpenApiContact { Name = "CacheDemo" },
            License = new OpenApiLicense { Name = "MIT", Identifier = "MIT" },
        };
        // Relative: the document is the same on port 8000, behind the page and behind a load balancer.
        document.Servers = [new OpenApiServer { Url = "/", Description = "This host." }];
        document.Security = [new OpenApiSecurityRequirement()]; // an empty one: nobody has to sign in
        document.Tags = new HashSet<OpenApiTag>(Tags.Select(tag => new OpenApiTag { Name = tag.Name, Description = tag.Description }));
        return Task.CompletedTask;
    }

    /// <inheritdoc />
    public Task TransformAsync(OpenApiOperation operation, OpenApiOperationTransformerContext context, CancellationToken cancellationToken)
    {
        if (context.Description.RelativePath?.EndsWith("key}", StringComparison.Ordinal) == true)
        {
            // The route binds it itself, so that the framework does not see it.
            (operation.Parameters ??= []).Add(new OpenApiParameter
            {
                Name = "key",
                In = ParameterLocation.Path,
                Required = true,
                Description = "The key, percent-encoded; in the query (?key=) for the keys . and .., which no browser sends in a path.",
                Schema = new OpenApiSchema { Type = JsonSchemaType.String },
            });
        }

        return Task.CompletedTask;
    }

    /// <inheritdoc />
    public Task TransformAsync(
        OpenApiSchema schema, OpenApiSchemaTransformerContext context, CancellationToken cancellationToken)
    {
        // Of what a converter reads, the framework does not know the type.
        schema.Type = context.JsonPropertyInfo?.CustomConverter switch
        {
            TextConverter => JsonSchemaType.String | JsonSchemaType.Null,
            SecondsConverter => JsonSchemaType.Integer | JsonSchemaType.Null,
            _ => schema.Type,
        };
        return Task.CompletedTask;
    }
}

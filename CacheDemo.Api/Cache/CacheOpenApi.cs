using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;

namespace CacheDemo.Api.Cache;

/// <summary>
/// Adds to the OpenAPI document what the framework does not see: keys in URLs, and types behind converters.
/// </summary>
internal sealed class CacheOpenApi : IOpenApiOperationTransformer, IOpenApiSchemaTransformer
{
    /// <inheritdoc />
    public Task TransformAsync(
        OpenApiOperation operation, OpenApiOperationTransformerContext context, CancellationToken cancellationToken)
    {
        if (context.Description.RelativePath?.EndsWith("key}", StringComparison.Ordinal) == true)
        {
            (operation.Parameters ??= []).Add(new OpenApiParameter
            {
                Name = "key",
                In = ParameterLocation.Path,
                Required = true,
                Description = "The key, percent-encoded; in the query (?key=) for the keys . and .., "
                    + "which no browser sends in a path.",
                Schema = new OpenApiSchema { Type = JsonSchemaType.String },
            });
        }

        return Task.CompletedTask;
    }

    /// <inheritdoc />
    public Task TransformAsync(
        OpenApiSchema schema, OpenApiSchemaTransformerContext context, CancellationToken cancellationToken)
    {
        schema.Type = context.JsonPropertyInfo?.CustomConverter switch
        {
            TextConverter => JsonSchemaType.String | JsonSchemaType.Null,
            SecondsConverter => JsonSchemaType.Integer | JsonSchemaType.Null,
            _ => schema.Type,
        };
        return Task.CompletedTask;
    }
}

using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;

namespace CacheDemo.Api.Http;

/// <summary>Describes the key of <c>/{operation}/{**key}</c>, which the framework cannot see as the route binds it itself.</summary>
internal sealed class UrlKeyInOpenApi : IOpenApiOperationTransformer
{
    public Task TransformAsync(OpenApiOperation operation, OpenApiOperationTransformerContext context, CancellationToken cancellationToken)
    {
        if (context.Description.RelativePath?.EndsWith("key}", StringComparison.Ordinal) == true)
        {
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
}

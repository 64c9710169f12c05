using Aspire.Hosting.ApplicationModel;
using Microsoft.Extensions.DependencyInjection;

namespace Aspire.Hosting;

public static partial class ResourceBuilderExtensions
{
    /// <summary>Changes how the dashboard shows the URL of an endpoint. The stand-in has no dashboard.</summary>
    public static IResourceBuilder<T> WithUrlForEndpoint<T>(
        this IResourceBuilder<T> builder, string endpointName, Action<ResourceUrlAnnotation> callback)
        where T : IResource => builder;

    /// <summary>Adds a command that is a POST to the resource.</summary>
    public static IResourceBuilder<TResource> WithHttpCommand<TResource>(
        this IResourceBuilder<TResource> builder,
        string path,
        string displayName,
        string? endpointName = null,
        string? commandName = null,
        HttpCommandOptions? commandOptions = null)
        where TResource : IResourceWithEndpoints
    {
        var endpoint = builder.GetEndpoint(endpointName ?? "http");
        return builder.WithAnnotation(new ResourceCommandAnnotation(
            commandName ?? $"{endpoint.Resource.Name}-{endpoint.EndpointName}-http-post-{path}",
            async (services, cancellationToken) =>
            {
                try
                {
                    using var client = services.GetRequiredService<IHttpClientFactory>().CreateClient();
                    using var response = await client.PostAsync(
                        new UriBuilder(endpoint.Url) { Path = path }.Uri, content: null, cancellationToken);
                    return new ExecuteCommandResult
                    {
                        Success = response.IsSuccessStatusCode,
                        Message = response.IsSuccessStatusCode ? null : $"Request failed with status code {response.StatusCode}",
                    };
                }
                catch (HttpRequestException failure)
                {
                    return new ExecuteCommandResult { Success = false, Message = failure.Message };
                }
            }));
    }
}

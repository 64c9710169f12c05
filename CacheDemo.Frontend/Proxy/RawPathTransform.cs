using Microsoft.AspNetCore.Http.Features;
using Yarp.ReverseProxy.Transforms;
using Yarp.ReverseProxy.Transforms.Builder;

namespace CacheDemo.Frontend.Proxy;

/// <summary>
/// Sends the path on as it came, less <c>/api</c>: YARP would encode it anew, and System.Uri would resolve its dot segments, so
/// that keys like <c>a/b</c>, <c>%2F</c> and <c>..</c> arrived as others.
/// </summary>
internal sealed class RawPathTransform : ITransformProvider
{
    private const string Prefix = "/api";

    private static readonly UriCreationOptions AsItIs = new() { DangerousDisablePathAndQueryCanonicalization = true };

    public void Apply(TransformBuilderContext context) => context.AddRequestTransform(transform =>
    {
        var target = transform.HttpContext.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget;
        if (target.StartsWith(Prefix, StringComparison.Ordinal))
            transform.ProxyRequest.RequestUri = new Uri($"{transform.DestinationPrefix.TrimEnd('/')}{target.AsSpan(Prefix.Length)}", AsItIs);
        return ValueTask.CompletedTask;
    });

    public void ValidateRoute(TransformRouteValidationContext context) { }

    public void ValidateCluster(TransformClusterValidationContext context) { }
}

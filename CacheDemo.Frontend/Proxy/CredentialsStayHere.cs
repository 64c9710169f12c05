using Microsoft.Net.Http.Headers;
using Yarp.ReverseProxy.Transforms;
using Yarp.ReverseProxy.Transforms.Builder;

namespace CacheDemo.Frontend.Proxy;

/// <summary>Takes off what a client signs in with: the API asks nobody who they are, and must not log or leak what it never needs.</summary>
internal sealed class CredentialsStayHere : ITransformProvider
{
    private static readonly string[] Credentials = [HeaderNames.Cookie, HeaderNames.Authorization, "X-Api-Key"];

    public void Apply(TransformBuilderContext context)
    {
        foreach (var header in Credentials)
            context.AddRequestHeaderRemove(header);
    }

    public void ValidateRoute(TransformRouteValidationContext context) { }

    public void ValidateCluster(TransformClusterValidationContext context) { }
}

using Microsoft.AspNetCore.Http.Features;
using Yarp.ReverseProxy.Transforms;
using Yarp.ReverseProxy.Transforms.Builder;

namespace CacheDemo.Frontend.Proxy;

/// <summary>
/// Passes the path below <c>/api</c> on as it came. Kestrel and System.Uri would resolve its dot segments and YARP
/// would encode it anew, so that keys like <c>a/b</c>, <c>%2F</c> and <c>..</c> arrived as others.
/// </summary>
internal static class RawPath
{
    private const string Prefix = "/api";

    private static readonly UriCreationOptions AsItIs = new() { DangerousDisablePathAndQueryCanonicalization = true };

    /// <summary>Routes by the path as it was sent; this must come before routing.</summary>
    public static IApplicationBuilder UseRawPath(this IApplicationBuilder app) => app.Use((context, next) =>
    {
        if (Target(context) is { } target && target.StartsWith($"{Prefix}/", StringComparison.Ordinal))
            context.Request.Path = new PathString(target.Split('?', 2)[0]);
        return next(context);
    });

    /// <summary>Sends it to the API as it was sent here, less the prefix.</summary>
    public static void AddRawPath(this TransformBuilderContext context) => context.AddRequestTransform(transform =>
    {
        var target = Target(transform.HttpContext);
        if (target.StartsWith(Prefix, StringComparison.Ordinal))
            transform.ProxyRequest.RequestUri = new Uri($"{transform.DestinationPrefix.TrimEnd('/')}{target.AsSpan(Prefix.Length)}", AsItIs);
        return ValueTask.CompletedTask;
    });

    private static string Target(HttpContext context) =>
        context.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget;
}

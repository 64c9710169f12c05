using CacheDemo.Frontend.SignIn;
using Microsoft.Net.Http.Headers;
using Yarp.ReverseProxy.Transforms;
using Yarp.ReverseProxy.Transforms.Builder;

namespace CacheDemo.Frontend.Proxy;

/// <summary>How requests below <c>/api</c> are sent to the API.</summary>
internal static class ApiTransform
{
    private const string Prefix = "/api";

    /// <summary>The connection buffers smaller bodies before the API reads them.</summary>
    private const int LargeBytes = 64 * 1024;

    private static readonly string[] Credentials =
        [HeaderNames.Cookie, HeaderNames.Authorization, ApiKeyHandler.Header];

    private static readonly UriCreationOptions Unchanged = new()
    {
        DangerousDisablePathAndQueryCanonicalization = true,
    };

    /// <summary>
    /// Routes by the path as it was sent; this must come before routing. Kestrel resolves dot segments and decodes the
    /// path, so that keys like <c>a/b</c>, <c>%2F</c> and <c>..</c> would arrive as others.
    /// </summary>
    public static IApplicationBuilder UseRawApiPath(this IApplicationBuilder app) => app.Use((context, next) =>
    {
        var target = RequestTarget.PathAndQuery(context);
        if (target.StartsWith($"{Prefix}/", StringComparison.Ordinal))
            context.Request.Path = new PathString(target.Split('?', 2)[0]);
        return next(context);
    });

    /// <summary>
    /// Sends the path as it was sent here, without the prefix; removes credentials, which the API does not need and
    /// must not log; and sends <c>Expect: 100-continue</c> with a large body. The API rejects it by its length and
    /// closes the connection; its response would be lost while the body is being sent, and become a 502.
    /// </summary>
    public static void AddApiTransform(this TransformBuilderContext context) => context.AddRequestTransform(transform =>
    {
        var request = transform.ProxyRequest;
        var target = RequestTarget.PathAndQuery(transform.HttpContext);
        if (target.StartsWith(Prefix, StringComparison.Ordinal))
        {
            var destination = transform.DestinationPrefix.TrimEnd('/');
            request.RequestUri = new Uri($"{destination}{target.AsSpan(Prefix.Length)}", Unchanged);
        }

        foreach (var header in Credentials)
            request.Headers.Remove(header);
        if (transform.HttpContext.Request.ContentLength > LargeBytes)
            request.Headers.ExpectContinue = true;
        return ValueTask.CompletedTask;
    });
}

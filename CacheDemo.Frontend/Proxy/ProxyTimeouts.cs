using Microsoft.AspNetCore.Http.Timeouts;

namespace CacheDemo.Frontend.Proxy;

/// <summary>How long the API has to answer: what each route's <c>Timeout</c> says in appsettings.json.</summary>
internal static class ProxyTimeouts
{
    /// <summary>
    /// Answers 504 when the time is over, for which YARP takes it that the client went away and says 400.
    /// </summary>
    public static IApplicationBuilder UseProxyTimeouts(this IApplicationBuilder app) =>
        app.UseRequestTimeouts()
            .Use(
                async (context, next) =>
                {
                    await next(context);
                    if (
                        context.Features.Get<IHttpRequestTimeoutFeature>()
                            is { RequestTimeoutToken.IsCancellationRequested: true }
                        && !context.Response.HasStarted)
                        context.Response.StatusCode = StatusCodes.Status504GatewayTimeout;
                });
}

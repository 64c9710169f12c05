using Microsoft.AspNetCore.Http.Timeouts;

namespace CacheDemo.Frontend.Proxy;

/// <summary>Timeouts of the API: the <c>Timeout</c> of each route in appsettings.json.</summary>
internal static class ProxyTimeouts
{
    /// <summary>Returns 504 after a timeout, which YARP takes for a client that left and answers with 400.</summary>
    public static IApplicationBuilder UseProxyTimeouts(this IApplicationBuilder app) =>
        app.UseRequestTimeouts().Use(OnRequestAsync);

    private static async Task OnRequestAsync(HttpContext context, RequestDelegate next)
    {
        await next(context);
        var timedOut = context.Features.Get<IHttpRequestTimeoutFeature>()?.RequestTimeoutToken.IsCancellationRequested;
        if (timedOut == true && !context.Response.HasStarted)
            context.Response.StatusCode = StatusCodes.Status504GatewayTimeout;
    }
}

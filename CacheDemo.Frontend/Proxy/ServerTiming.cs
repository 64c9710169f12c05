using System.Diagnostics;
using System.Globalization;
using Yarp.ReverseProxy.Transforms;
using Yarp.ReverseProxy.Transforms.Builder;

namespace CacheDemo.Frontend.Proxy;

/// <summary>How long the API took to answer, as seen from here, in a header that browsers know.</summary>
internal static class ServerTiming
{
    /// <summary>The route whose answers have it: the page draws what each part of a read took.</summary>
    private const string Route = "product";

    /// <summary>
    /// Adds <c>Server-Timing: api;dur=</c>: the milliseconds until the headers of the API had arrived.
    /// </summary>
    public static void AddServerTiming(this TransformBuilderContext context)
    {
        if (context.Route.RouteId != Route)
            return;

        context.AddRequestTransform(transform =>
        {
            transform.HttpContext.Items[typeof(ServerTiming)] = Stopwatch.GetTimestamp();
            return ValueTask.CompletedTask;
        });
        context.AddResponseTransform(transform =>
        {
            if (transform.HttpContext.Items[typeof(ServerTiming)] is long started)
            {
                transform.HttpContext.Response.Headers["Server-Timing"] = string.Create(
                    CultureInfo.InvariantCulture,
                    $"api;dur={Stopwatch.GetElapsedTime(started).TotalMilliseconds:0.00}");
            }

            return ValueTask.CompletedTask;
        });
    }
}

using System.Diagnostics;
using Microsoft.AspNetCore.Http.Features;

namespace CacheDemo.Api.Diagnostics;

/// <summary>Keeps the trace list to what people did with the cache.</summary>
internal static class OperationTraces
{
    private static readonly string[] Operations = ["/get", "/set", "/ttl", "/expire", "/delete"];

    /// <summary>
    /// Records requests that are no cache operation only where they fail with a 5xx. The spans below them, here and in services
    /// that are called, follow their parent: <c>OTEL_TRACES_SAMPLER</c> must be a parent-based one, as it is by default.
    /// This must come first in the pipeline.
    /// </summary>
    public static IApplicationBuilder UseOperationTraces(this IApplicationBuilder app) => app.Use(async (context, next) =>
    {
        var activity = context.Features.Get<IHttpActivityFeature>()?.Activity;
        if (activity is not { Recorded: true } || IsOperation(context.Request.Path))
        {
            await next(context);
            return;
        }

        activity.ActivityTraceFlags &= ~ActivityTraceFlags.Recorded;
        await next(context);
        if (context.Response.StatusCode >= StatusCodes.Status500InternalServerError)
            activity.ActivityTraceFlags |= ActivityTraceFlags.Recorded;
    });

    private static bool IsOperation(PathString path) => Operations.Any(operation => path.StartsWithSegments(operation));
}

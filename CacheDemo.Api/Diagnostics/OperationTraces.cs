using System.Diagnostics;
using Microsoft.AspNetCore.Http.Features;

namespace CacheDemo.Api.Diagnostics;

/// <summary>Limits traces to operations on the cache.</summary>
internal static class OperationTraces
{
    private static readonly string[] Operations = ["/get", "/set", "/ttl", "/expire", "/delete"];

    /// <summary>
    /// Records other requests only where they fail with a 5xx. The spans below them follow their parent:
    /// <c>OTEL_TRACES_SAMPLER</c> must be parent-based, as it is by default. This must come first in the pipeline.
    /// </summary>
    public static IApplicationBuilder UseOperationTraces(this IApplicationBuilder app) =>
        app.Use(OnRequestAsync);

    private static async Task OnRequestAsync(HttpContext context, RequestDelegate next)
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
    }

    private static bool IsOperation(PathString path) => Operations.Any(operation => path.StartsWithSegments(operation));
}

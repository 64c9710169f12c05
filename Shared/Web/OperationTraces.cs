using System.Diagnostics;
using Microsoft.AspNetCore.Http.Features;

namespace CacheDemo;

/// <summary>Limits traces to operations on the cache.</summary>
internal static class OperationTraces
{
    private const string Products = "/products";

    private static readonly string[] Operations =
        ["/get", "/set", "/ttl", "/expire", "/delete", "/lab/stampede", "/lab/expiry"];

    /// <summary>
    /// Records other requests (files, the event stream, what the page requests by itself) only where they fail with a
    /// 5xx. The spans below them follow their parent: <c>OTEL_TRACES_SAMPLER</c> must be parent-based, as it is by
    /// default. This must come first in the pipeline.
    /// </summary>
    /// <param name="app">The application.</param>
    /// <param name="prefix">What precedes the operation in the path: <c>/api</c>, or nothing.</param>
    public static IApplicationBuilder UseOperationTraces(this IApplicationBuilder app, string prefix = "")
    {
        string[] operations = [.. Operations.Select(operation => prefix + operation)];
        return app.Use((context, next) =>
            context.Features.Get<IHttpActivityFeature>()?.Activity is { Recorded: true } activity
            && !operations.Any(operation => context.Request.Path.StartsWithSegments(operation))
            && !IsProduct(context.Request.Path, prefix + Products)
                ? RecordFailureAsync(activity, context, next)
                : next(context));
    }

    private static async Task RecordFailureAsync(Activity activity, HttpContext context, RequestDelegate next)
    {
        activity.ActivityTraceFlags &= ~ActivityTraceFlags.Recorded;
        await next(context);
        if (context.Response.StatusCode >= StatusCodes.Status500InternalServerError)
            activity.ActivityTraceFlags |= ActivityTraceFlags.Recorded;
    }

    // /products/{id}, not the list of them, nor where copies of one are.
    private static bool IsProduct(PathString path, string products) =>
        path.StartsWithSegments(products, out var rest)
        && rest.Value is { Length: > 1 } id && id.IndexOf('/', 1) < 0;
}

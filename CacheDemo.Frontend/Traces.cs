using System.Diagnostics;
using System.Net;
using Microsoft.AspNetCore.Http.Features;
using OpenTelemetry.Instrumentation.AspNetCore;
using OpenTelemetry.Instrumentation.Http;
using OpenTelemetry.Logs;

namespace CacheDemo.Frontend;

/// <summary>Limits traces to operations on the cache, and keeps a miss from being an error.</summary>
internal static class Traces
{
    private sealed class Settings
    {
        public bool KeysInTelemetry { get; set; } = true;
    }

    private static readonly string[] Operations = ["/api/get", "/api/set", "/api/ttl", "/api/expire", "/api/delete"];

    /// <summary>Configures the instrumentation.</summary>
    public static void AddTraces(this IHostApplicationBuilder builder)
    {
        var keys = builder.Configuration.GetChecked<Settings>("Cache").KeysInTelemetry;
        builder.Services.Configure<HttpClientTraceInstrumentationOptions>(options =>
        {
            // For an HTTP client every 4xx is an error. Here a 404 is a miss.
            options.EnrichWithHttpResponseMessage = (span, response) =>
            {
                if (response.StatusCode is HttpStatusCode.NotFound)
                    span.SetStatus(ActivityStatusCode.Unset).SetTag("error.type", null);
            };
            if (!keys)
                options.EnrichWithHttpRequestMessage = (span, _) => span.SetTag("url.full", null);
        });
        if (keys)
            return;

        // URLs contain keys; spans have them as attributes, log lines in their scopes.
        builder.Services.Configure<OpenTelemetryLoggerOptions>(logging => logging.IncludeScopes = false);
        builder.Services.Configure<AspNetCoreTraceInstrumentationOptions>(options =>
            options.EnrichWithHttpRequest = (span, _) => span.SetTag("url.path", null).SetTag("url.query", null));
    }

    /// <summary>
    /// Records other requests (files, the event stream, what the page requests by itself) only where they fail with a
    /// 5xx. The spans below them follow their parent: <c>OTEL_TRACES_SAMPLER</c> must be parent-based, as it is by
    /// default. This must come first in the pipeline.
    /// </summary>
    public static IApplicationBuilder UseTraces(this IApplicationBuilder app) => app.Use(async (context, next) =>
    {
        var activity = context.Features.Get<IHttpActivityFeature>()?.Activity;
        if (activity is not { Recorded: true }
            || Operations.Any(operation => context.Request.Path.StartsWithSegments(operation)))
        {
            await next(context);
            return;
        }

        activity.ActivityTraceFlags &= ~ActivityTraceFlags.Recorded;
        await next(context);
        if (context.Response.StatusCode >= StatusCodes.Status500InternalServerError)
            activity.ActivityTraceFlags |= ActivityTraceFlags.Recorded;
    });
}

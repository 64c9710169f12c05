using System.Diagnostics;
using System.Net;
using Microsoft.AspNetCore.Http.Features;
using OpenTelemetry.Instrumentation.AspNetCore;
using OpenTelemetry.Instrumentation.Http;
using OpenTelemetry.Logs;

namespace CacheDemo.Frontend;

/// <summary>Keeps the trace list to what people did with the cache, and a miss from looking like an error.</summary>
internal static class Traces
{
    private sealed class Settings
    {
        public bool KeysInTelemetry { get; set; } = true;
    }

    private static readonly string[] Operations = ["/api/get", "/api/set", "/api/ttl", "/api/expire", "/api/delete"];

    public static void AddTraces(this IHostApplicationBuilder builder)
    {
        var keys = builder.Configuration.GetChecked<Settings>("Cache").KeysInTelemetry;
        builder.Services.Configure<HttpClientTraceInstrumentationOptions>(options =>
        {
            // To an HTTP client every 4xx is an error. Here a 404 is the API's word for a miss.
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

        // A key is part of a URL, and the URL of spans and of the scopes of log lines.
        builder.Services.Configure<OpenTelemetryLoggerOptions>(logging => logging.IncludeScopes = false);
        builder.Services.Configure<AspNetCoreTraceInstrumentationOptions>(options =>
            options.EnrichWithHttpRequest = (span, _) => span.SetTag("url.path", null).SetTag("url.query", null));
    }

    /// <summary>
    /// Records requests that are no cache operation (files, the event stream, what the page asks by itself) only where
    /// they fail with a 5xx. What is called for them follows: <c>OTEL_TRACES_SAMPLER</c> must be a parent-based one, as
    /// it is by default. This must come first in the pipeline.
    /// </summary>
    public static IApplicationBuilder UseTraces(this IApplicationBuilder app) => app.Use(async (context, next) =>
    {
        var activity = context.Features.Get<IHttpActivityFeature>()?.Activity;
        if (activity is not { Recorded: true } || Operations.Any(operation => context.Request.Path.StartsWithSegments(operation)))
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

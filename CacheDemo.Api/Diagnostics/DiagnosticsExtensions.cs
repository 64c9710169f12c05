using System.Diagnostics;
using CacheDemo.Api.Cache;
using OpenTelemetry.Instrumentation.AspNetCore;
using OpenTelemetry.Logs;
using OpenTelemetry.Trace;

namespace CacheDemo.Api.Diagnostics;

internal static class DiagnosticsExtensions
{
    /// <summary>Adds the cache's spans and instruments to what is exported.</summary>
    public static void AddCacheDiagnostics(this IHostApplicationBuilder builder)
    {
        builder.Services.AddSingleton<CacheInstance>();
        builder.Services.AddSingleton<CacheMetrics>();
        builder.Services.AddSingleton<CacheTelemetry>();
        builder.Services.AddOpenTelemetry()
            .WithTracing(tracing => tracing.AddSource(CacheDiagnostics.Name))
            .WithMetrics(metrics => metrics.AddMeter(CacheDiagnostics.Name));

        if (builder.Configuration.GetChecked<CacheOptions>(CacheOptions.Section).KeysInTelemetry)
            return;

        // A key is part of a URL, and the URL of spans and of the scopes of log lines.
        builder.Services.Configure<OpenTelemetryLoggerOptions>(logging => logging.IncludeScopes = false);
        builder.Services.Configure<AspNetCoreTraceInstrumentationOptions>(options =>
            options.EnrichWithHttpRequest = (span, _) => span.SetTag("url.path", null).SetTag("url.query", null));
    }

    /// <summary>
    /// Tells the client which trace its request became, in the <c>traceresponse</c> header
    /// (https://www.w3.org/TR/trace-context-2/#traceresponse-header).
    /// </summary>
    public static void UseTraceResponse(this IApplicationBuilder app) => app.Use((context, next) =>
    {
        if (Activity.Current is { Recorded: true } activity)
            context.Response.Headers["traceresponse"] = $"00-{activity.TraceId}-{activity.SpanId}-01";
        return next(context);
    });
}

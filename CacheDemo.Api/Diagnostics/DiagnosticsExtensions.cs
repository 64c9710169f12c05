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
            .WithTracing(tracing => tracing.AddSource(CacheDiagnostics.Name).AddProcessor(new Untraced()))
            .WithMetrics(metrics => metrics.AddMeter(CacheDiagnostics.Name));
    }

    /// <summary>
    /// Tells the client which trace its request became, in the <c>traceresponse</c> header
    /// (https://www.w3.org/TR/trace-context-2/#traceresponse-header).
    /// </summary>
    public static void UseTraceResponse(this IApplicationBuilder app) => app.Use((context, next) =>
    {
        if (System.Diagnostics.Activity.Current is { Recorded: true } activity)
            context.Response.Headers["traceresponse"] = $"00-{activity.TraceId}-{activity.SpanId}-01";
        return next(context);
    });
}

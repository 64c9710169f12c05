using System.Diagnostics;
using CacheDemo.Api.Keyspace;
using OpenTelemetry.Instrumentation.AspNetCore;
using OpenTelemetry.Logs;
using OpenTelemetry.Trace;

namespace CacheDemo.Api.Diagnostics;

/// <summary>Registers diagnostics.</summary>
internal static class DiagnosticsExtensions
{
    /// <summary>Adds the spans, instruments and log of the cache.</summary>
    public static void AddCacheDiagnostics(this IHostApplicationBuilder builder)
    {
        builder.Services.AddSingleton<CacheInstance>();
        builder.Services.AddSingleton<CacheMetrics>();
        builder.Services.AddSingleton<ICacheEventSubscriber>(services => services.GetRequiredService<CacheMetrics>());
        builder.Services.AddSingleton<ICacheEventSubscriber, CacheLog>();
        builder.Services.AddSingleton<CacheEvents>();
        builder.Services.AddSingleton<CacheTracing>();
        builder.Services.AddSingleton<CommandDuration>();
        builder.Services.AddSingleton<RedisCommandTelemetry>();
        builder.Services.AddSingleton<DatabaseCommandTelemetry>();
        builder.Services.AddOpenTelemetry()
            .WithTracing(tracing => tracing.AddSource(CacheDiagnostics.Name))
            .WithMetrics(metrics => metrics.AddMeter(CacheDiagnostics.Name));

        if (builder.Configuration.GetChecked<CacheOptions>(CacheOptions.Section).KeysInTelemetry)
            return;

        // URLs contain keys; spans have them as attributes, log lines in their scopes.
        builder.Services.Configure<OpenTelemetryLoggerOptions>(logging => logging.IncludeScopes = false);
        builder.Services.Configure<AspNetCoreTraceInstrumentationOptions>(options =>
            options.EnrichWithHttpRequest = (span, _) => span.SetTag("url.path", null).SetTag("url.query", null));
    }

    /// <summary>
    /// Records the traces of cache operations only, and returns their ids in the <c>traceresponse</c> header
    /// (https://www.w3.org/TR/trace-context-2/#traceresponse-header). This must come first in the pipeline.
    /// </summary>
    public static void UseCacheDiagnostics(this IApplicationBuilder app)
    {
        app.UseOperationTraces();
        app.Use((context, next) =>
        {
            if (Activity.Current is { Recorded: true } activity)
                context.Response.Headers["traceresponse"] = $"00-{activity.TraceId}-{activity.SpanId}-01";
            return next(context);
        });
    }
}

using System.Diagnostics;
using System.Net;
using OpenTelemetry.Instrumentation.AspNetCore;
using OpenTelemetry.Instrumentation.Http;
using OpenTelemetry.Logs;

namespace CacheDemo.Frontend;

/// <summary>Keeps a miss from being an error in traces, and keys out of them where they are not wanted.</summary>
internal static class Traces
{
    private sealed class Settings
    {
        public bool KeysInTelemetry { get; set; } = true;
    }

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
}

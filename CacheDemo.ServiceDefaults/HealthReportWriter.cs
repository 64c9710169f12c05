using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Microsoft.Extensions.Hosting;

/// <summary>Writes a health report as <c>{"status","checks":[{"name","status","description"}]}</c>.</summary>
internal static class HealthReportWriter
{
    public static Task WriteAsync(HttpContext context, HealthReport report)
    {
        if (report.Status is HealthStatus.Unhealthy)
            context.Response.Headers.RetryAfter = "1";
        return context.Response.WriteAsJsonAsync(new
        {
            status = report.Status.ToString(),
            // A failed check's own description is its exception's message, which may hold an address: the status has
            // to do.
            checks = report.Entries.Select(check => new
            {
                name = check.Key,
                status = check.Value.Status.ToString(),
                description = check.Value.Exception is null ? check.Value.Description : "It does not answer.",
            }),
        });
    }
}

using System.Diagnostics;
using static CacheDemo.Api.Diagnostics.CacheDiagnostics;

namespace CacheDemo.Api.Diagnostics;

/// <summary>
/// The duration and the client span of each command of the database that a request waits for
/// (https://opentelemetry.io/docs/specs/semconv/database/database-spans/).
/// </summary>
internal sealed class DatabaseCommandTelemetry(CommandDuration duration)
{
    /// <summary>Measures how long a command takes.</summary>
    /// <param name="system">The database: <c>sqlite</c> or <c>postgresql</c>.</param>
    /// <param name="operation">The command: <c>SELECT</c>.</param>
    /// <param name="table">The table.</param>
    /// <param name="run">Runs it.</param>
    public async Task<T> TimeAsync<T>(string system, string operation, string table, Func<Task<T>> run)
    {
        var started = Stopwatch.GetTimestamp();
        using var span = Activity.Current is { Recorded: true }
            ? Source.StartActivity($"{operation} {table}", ActivityKind.Client)?
                .SetTag("db.system.name", system)
                .SetTag("db.operation.name", operation)
                .SetTag("db.collection.name", table)
            : null;
        try
        {
            var result = await run();
            duration.Record(system, operation, started, error: null);
            return result;
        }
        catch (Exception e)
        {
            var error = e.GetBaseException().GetType().FullName;
            duration.Record(system, operation, started, error);
            span?.SetStatus(ActivityStatusCode.Error).SetTag(Attributes.ErrorType, error);
            throw;
        }
    }
}

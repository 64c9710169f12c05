using System.Collections.Concurrent;
using System.Text.RegularExpressions;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;

namespace CacheDemo.AppHost;

/// <summary>
/// Prints the log lines of the services, why a resource failed, and at the end of the start the addresses of the page
/// and the dashboard. The complete logs are in the dashboard.
/// </summary>
internal sealed partial class ConsoleOutput(
    DistributedApplicationModel model, ResourceNotificationService notifications, ResourceLoggerService logs,
    IConfiguration configuration, IHostApplicationLifetime lifetime)
{
    private static readonly TimeSpan LogDelay = TimeSpan.FromMilliseconds(500);

    private readonly HashSet<string> _forwarded = [], _failed = [];
    private readonly ConcurrentDictionary<string, string> _startErrors = [];
    private bool _started;

    /// <summary>Prints until the application stops.</summary>
    public async Task RunAsync()
    {
        try
        {
            await foreach (var changed in notifications.WatchAsync(lifetime.ApplicationStopping))
            {
                if (changed.Snapshot.IsHidden || changed.Resource.Name == DashboardAddress.ResourceName)
                    continue;
                if (_forwarded.Add(changed.ResourceId))
                    _ = ForwardLogAsync(changed.Resource.Name, changed.ResourceId, lifetime.ApplicationStopping);
                if (HasFailed(changed))
                    _ = ReportFailureAsync(changed);
                if (changed is { Resource.Name: "frontend", Snapshot.HealthStatus: HealthStatus.Healthy } && !_started)
                    ReportStarted((IResourceWithEndpoints)changed.Resource);
            }
        }
        catch (OperationCanceledException)
        {
        }
    }

    private async Task ForwardLogAsync(string name, string resourceId, CancellationToken stopping)
    {
        try
        {
            await foreach (var lines in logs.WatchAsync(resourceId).WithCancellation(stopping))
            {
                foreach (var line in lines)
                {
                    if (StartError().Match(line.Content) is { Success: true } error)
                        _startErrors[resourceId] = error.Groups[1].Value;
                    else if (Readable(line) is { Length: > 0 } text)
                        Console.WriteLine($"{name,-10} {text}");
                }
            }
        }
        catch (OperationCanceledException)
        {
        }
    }

    // Its own log lines, all warnings, and errors that are not log lines, such as an invalid option.
    private static string? Readable(LogLine line)
    {
        var text = Decoration().Replace(line.Content, "");
        if (Entry().Match(text) is not { Success: true } entry)
            return line.IsErrorMessage && !text.StartsWith("[sys]", StringComparison.Ordinal) ? text : null;

        var (level, message) = (entry.Groups["level"].Value, entry.Groups["message"].Value);
        return level is "warn" or "fail" or "crit" ? $"{level}: {message}"
            : entry.Groups["category"].Value.StartsWith("CacheDemo.", StringComparison.Ordinal) ? message
            : null;
    }

    // Whether it failed since it last ran.
    private bool HasFailed(ResourceEvent changed)
    {
        var state = changed.Snapshot.State?.Text;
        var failed =
            state == KnownResourceStates.FailedToStart
            || state == KnownResourceStates.RuntimeUnhealthy
            || (
                (state == KnownResourceStates.Exited || state == KnownResourceStates.Finished)
                && changed.Snapshot.ExitCode > 0);
        if (failed)
            return _failed.Add(changed.ResourceId);

        _failed.Remove(changed.ResourceId);
        return false;
    }

    private async Task ReportFailureAsync(ResourceEvent changed)
    {
        // Its last output arrives after the notification that it ended.
        await Task.Delay(LogDelay);
        var what = changed.Snapshot.ExitCode is { } code ? $"ended with exit code {code}"
            : _startErrors.TryGetValue(changed.ResourceId, out var why) ? $"could not be started: {why}"
            : "could not be started";
        var remedy = changed.Resource switch
        {
            RedisResource => $"Without containers: --{DemoRedis.ModeKey}=embedded.",
            PostgresServerResource => $"Without containers: --{DemoProducts.ModeKey}=sqlite.",
            _ => "Its log above and in the dashboard says why; the dashboard can start it again.",
        };
        Console.Error.WriteLine($"{changed.Resource.Name,-10} {what}. {remedy}");
    }

    private void ReportStarted(IResourceWithEndpoints page)
    {
        _started = true;
        Console.WriteLine("Started. Ctrl+C stops everything.");
        if (
            model
                .Resources.OfType<ProjectResource>()
                .FirstOrDefault(project => project.Name == DemoRedis.EmbeddedName) is
            { } garnet)
            Console.WriteLine($"Redis      redis-cli -p {garnet.GetEndpoint(DemoRedis.EmbeddedEndpoint).Port}");
        Console.WriteLine($"Page       {page.GetEndpoint("http").Url}");
        if (model.DashboardUrl() is { } dashboard)
        {
            var login = configuration["AppHost:BrowserToken"] is { Length: > 0 } token ? $"/login?t={token}" : "";
            Console.WriteLine($"Dashboard  {dashboard}{login}");
        }
    }

    // The timestamp of Aspire, and colors.
    [GeneratedRegex(@"^\d{4}-\d\d-\d\dT\S+Z |\x1B\[[0-9;]*m")]
    private static partial Regex Decoration();

    [GeneratedRegex(@"^(?<level>trce|dbug|info|warn|fail|crit): (?<category>[^\[]+)\[-?\d+\] (?<message>.*)$")]
    private static partial Regex Entry();

    // Messages of the orchestrator about a container, such as an image that cannot be pulled; the last one is the
    // reason.
    [GeneratedRegex(@"\[sys\] Error: (?!inspecting)(.*)")]
    private static partial Regex StartError();
}

/// <summary>Adds the console's output.</summary>
internal static class ConsoleOutputExtensions
{
    /// <summary>Starts it before the resources, whose health the start waits for.</summary>
    public static void AddConsoleOutput(this IDistributedApplicationBuilder builder) =>
        builder.Eventing.Subscribe<BeforeStartEvent>((starting, cancellationToken) =>
        {
            if (builder.ExecutionContext.IsRunMode)
                _ = ActivatorUtilities.CreateInstance<ConsoleOutput>(starting.Services).RunAsync();
            return Task.CompletedTask;
        });
}

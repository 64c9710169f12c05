using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Eventing;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Aspire.Hosting.Running;

/// <summary>Starts the resources in order, watches over them, and stops them in the opposite order.</summary>
internal sealed class ApplicationRunner(
    DistributedApplicationModel model,
    DistributedApplicationOptions options,
    DistributedApplicationExecutionContext executionContext,
    EndpointAllocator endpoints,
    ResourceNotificationService notifications,
    IDistributedApplicationEventing eventing,
    HealthCheckService healthChecks,
    IServiceProvider services,
    IHostEnvironment environment,
    ILoggerFactory loggerFactory) : IHostedService, IDisposable
{
    private static readonly TimeSpan StopPatience = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan CheckUntilHealthy = TimeSpan.FromMilliseconds(150);
    private static readonly TimeSpan CheckWhileHealthy = TimeSpan.FromSeconds(5);

    private readonly ILogger _log = loggerFactory.CreateLogger("Aspire.Hosting");
    private readonly Dictionary<IResource, Replica[]> _replicas = [];
    private readonly CancellationTokenSource _stopping = new();

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        AppDomain.CurrentDomain.ProcessExit += KillAll;
        AppDomain.CurrentDomain.UnhandledException += KillAll;

        foreach (var resource in model.Resources)
        {
            var count = Replica.CountOf(resource);
            _replicas[resource] = [.. Enumerable.Range(0, count).Select(i => new Replica(resource, i))];
            endpoints.Allocate(resource, count);
        }

        try
        {
            await Task.WhenAll(model.Resources.Select(r => StartAsync(r, cancellationToken)));
            await eventing.PublishAsync(new AfterResourcesCreatedEvent(services, model), cancellationToken);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // Stopped while it was starting. The host calls that an error, and it is none.
        }
    }

    public async Task StopAsync(CancellationToken cancellationToken)
    {
        await _stopping.CancelAsync();

        var running = _replicas.Keys.ToHashSet();
        while (running.Count > 0)
        {
            var needed = running.SelectMany(Waits).Select(w => w.Resource).ToHashSet();
            var unneeded = running.Except(needed).ToArray();
            if (unneeded is [])
                unneeded = [.. running]; // they wait for one another

            await Task.WhenAll(unneeded.SelectMany(r => _replicas[r]).Select(r => r.StopAsync(StopPatience)));
            running.ExceptWith(unneeded);
        }
    }

    public void Dispose()
    {
        AppDomain.CurrentDomain.ProcessExit -= KillAll;
        AppDomain.CurrentDomain.UnhandledException -= KillAll;
        KillAll(null, EventArgs.Empty);
        _stopping.Dispose();
    }

    private static IEnumerable<WaitAnnotation> Waits(IResource resource) =>
        resource.Annotations.OfType<WaitAnnotation>();

    private async Task StartAsync(IResource resource, CancellationToken cancellationToken)
    {
        var checks = resource.Annotations.OfType<HealthCheckAnnotation>().Select(c => c.Key).ToHashSet();
        try
        {
            var first = Waits(resource).Any() ? KnownResourceStates.Waiting : KnownResourceStates.Starting;
            Publish(resource, s => s with { State = first });
            await Task.WhenAll(
                from wait in Waits(resource)
                from dependency in _replicas[wait.Resource]
                select notifications.WaitForDependencyAsync(wait, dependency.Id, cancellationToken));

            foreach (var replica in _replicas[resource])
            {
                if (resource is ProjectResource)
                    await StartAsync(resource, replica, cancellationToken);

                notifications.Publish(resource, replica.Id, s => s with
                {
                    State = KnownResourceStates.Running,
                    HealthStatus = checks.Count == 0 ? HealthStatus.Healthy : HealthStatus.Unhealthy,
                });

                if (replica.Exited is { } exited)
                    _ = WatchAsync(resource, replica, exited);
            }
        }
        catch (Exception failure) when (failure is not OperationCanceledException)
        {
            _log.LogError("{Resource} cannot be started: {Problem}", resource.Name, failure.Message);
            Publish(resource, s => s with { State = KnownResourceStates.FailedToStart });
            return;
        }

        _ = WatchHealthAsync(resource, checks);
    }

    private async Task StartAsync(IResource resource, Replica replica, CancellationToken cancellationToken)
    {
        var settings = await ReplicaSettings.OfAsync(resource, replica, executionContext, cancellationToken);
        var output = options.EnableResourceLogging
            ? loggerFactory.CreateLogger(ResourceConsoleFormatter.CategoryOf(environment, replica))
            : NullLogger.Instance;

        var project = resource.Annotations.OfType<IProjectMetadata>().Single();
        replica.Start(project, settings, output);
    }

    private async Task WatchAsync(IResource resource, Replica replica, Task<int> exited)
    {
        var exitCode = await exited;
        notifications.TryGetCurrentState(replica.Id, out var last);
        notifications.Publish(resource, replica.Id, s => s with
        {
            State = KnownResourceStates.Finished,
            ExitCode = exitCode,
            HealthStatus = null,
        });

        // A terminal's Ctrl+C reaches the processes before the AppHost knows that it stops.
        await Task.Delay(TimeSpan.FromMilliseconds(300));
        if (!_stopping.IsCancellationRequested)
        {
            var when = last?.Snapshot.HealthStatus is HealthStatus.Healthy ? "" : " before it was healthy";
            _log.LogError("{Replica} ended{When} with exit code {ExitCode}", replica.DisplayName, when, exitCode);
        }
    }

    private async Task WatchHealthAsync(IResource resource, HashSet<string> checks)
    {
        var announced = false;
        try
        {
            do
            {
                var isHealthy = await IsHealthyAsync(checks);
                Publish(resource, s => s.State?.Text == KnownResourceStates.Running
                    ? s with { HealthStatus = isHealthy ? HealthStatus.Healthy : HealthStatus.Unhealthy }
                    : s);

                if (isHealthy && !announced)
                {
                    announced = true;
                    foreach (var endpoint in resource.Annotations.OfType<EndpointAnnotation>())
                        _log.LogInformation("{Resource} {Url}", resource.Name, endpoint.AllocatedEndpoint!.UriString);
                }

                await Task.Delay(isHealthy ? CheckWhileHealthy : CheckUntilHealthy, _stopping.Token);
            }
            while (checks.Count > 0 && _replicas[resource].Any(IsRunning));
        }
        catch (OperationCanceledException) when (_stopping.IsCancellationRequested)
        {
            // Nobody asks any more.
        }
    }

    private async Task<bool> IsHealthyAsync(HashSet<string> checks)
    {
        if (checks.Count == 0)
            return true;

        try
        {
            var report = await healthChecks.CheckHealthAsync(check => checks.Contains(check.Name), _stopping.Token);
            return report.Status is HealthStatus.Healthy;
        }
        catch (Exception) when (!_stopping.IsCancellationRequested)
        {
            return false; // a check that cannot even be made
        }
    }

    private bool IsRunning(Replica replica) =>
        notifications.TryGetCurrentState(replica.Id, out var now) && now.Snapshot.State?.Text == KnownResourceStates.Running;

    private void Publish(IResource resource, Func<CustomResourceSnapshot, CustomResourceSnapshot> change)
    {
        foreach (var replica in _replicas[resource])
            notifications.Publish(resource, replica.Id, change);
    }

    private void KillAll(object? sender, EventArgs e)
    {
        foreach (var replica in _replicas.Values.SelectMany(r => r))
            replica.Kill();
    }
}

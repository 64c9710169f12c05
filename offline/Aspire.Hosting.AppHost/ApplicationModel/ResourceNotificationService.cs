using System.Diagnostics.CodeAnalysis;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Aspire.Hosting.ApplicationModel;

/// <summary>Knows how the resources are, and waits until they are as wanted.</summary>
public class ResourceNotificationService
{
    private readonly DistributedApplicationModel _model;
    private readonly bool _stopsOnUnavailable;
    private readonly Dictionary<string, ResourceEvent> _current = [];
    private readonly List<Waiter> _waiters = [];

    internal ResourceNotificationService(DistributedApplicationModel model, DistributedApplicationOptions options)
    {
        _model = model;

        // With a dashboard somebody may start the resource again; without one waiting would be for ever.
        _stopsOnUnavailable = options.DisableDashboard;
    }

    /// <summary>How a resource, given its name, or a replica, given its id, is now.</summary>
    public bool TryGetCurrentState(string resourceId, [NotNullWhen(true)] out ResourceEvent? resourceEvent)
    {
        lock (_current)
            resourceEvent = _current.Values.FirstOrDefault(e => IsOf(e, resourceId));
        return resourceEvent is not null;
    }

    /// <summary>Waits for a state, <see cref="KnownResourceStates.Running"/> if none is given.</summary>
    public Task WaitForResourceAsync(
        string resourceName, string? targetState = null, CancellationToken cancellationToken = default)
    {
        targetState ??= KnownResourceStates.Running;
        return WaitForResourceAsync(resourceName, e => e.Snapshot.State?.Text == targetState, cancellationToken);
    }

    /// <summary>Waits until the resource is as wanted.</summary>
    public Task<ResourceEvent> WaitForResourceAsync(
        string resourceName, Func<ResourceEvent, bool> predicate, CancellationToken cancellationToken = default)
    {
        var waiter = new Waiter(e => IsOf(e, resourceName) && predicate(e));
        lock (_current)
        {
            if (_current.Values.FirstOrDefault(waiter.Wants) is { } already)
                return Task.FromResult(already);

            _waiters.Add(waiter);
        }

        return waiter.Task.WaitAsync(cancellationToken);
    }

    /// <summary>Waits until the health checks of the resource pass.</summary>
    /// <exception cref="DistributedApplicationException">It has ended, or there is no such resource.</exception>
    public async Task<ResourceEvent> WaitForResourceHealthyAsync(
        string resourceName, CancellationToken cancellationToken = default)
    {
        if (_stopsOnUnavailable && !_model.Resources.TryGetByName(resourceName, out _))
            throw Stopped("it does not exist in the application model");

        var found = await WaitForResourceAsync(
            resourceName, e => IsHealthy(e) || (_stopsOnUnavailable && IsOver(e)), cancellationToken);
        return IsHealthy(found) ? found : throw Stopped("it failed to start");

        DistributedApplicationException Stopped(string why) =>
            new($"Stopped waiting for resource '{resourceName}' to become healthy because {why}.");
    }

    /// <summary>Waits until one replica of a dependency is as another resource wants it.</summary>
    internal async Task WaitForDependencyAsync(
        WaitAnnotation wait, string replicaId, CancellationToken cancellationToken)
    {
        var found = await WaitForResourceAsync(
            replicaId, e => IsReady(e) || (_stopsOnUnavailable && IsOver(e)), cancellationToken);
        if (!IsReady(found))
            throw new DistributedApplicationException($"it waits for {wait.Resource.Name}, which has ended.");

        bool IsReady(ResourceEvent e) => wait.WaitType is WaitType.WaitUntilStarted
            ? e.Snapshot.State?.Text == KnownResourceStates.Running
            : IsHealthy(e);
    }

    internal void Publish(
        IResource resource, string resourceId, Func<CustomResourceSnapshot, CustomResourceSnapshot> change)
    {
        lock (_current)
        {
            var snapshot = change(_current.GetValueOrDefault(resourceId)?.Snapshot ?? new());
            var now = _current[resourceId] = new ResourceEvent(resource, resourceId, snapshot);

            foreach (var waiter in _waiters.Where(w => w.Wants(now)).ToArray())
            {
                _waiters.Remove(waiter);
                waiter.SetResult(now);
            }
        }
    }

    private static bool IsOf(ResourceEvent e, string nameOrId) =>
        e.ResourceId.Equals(nameOrId, StringComparison.OrdinalIgnoreCase)
        || e.Resource.Name.Equals(nameOrId, StringComparison.OrdinalIgnoreCase);

    private static bool IsHealthy(ResourceEvent e) => e.Snapshot.HealthStatus is HealthStatus.Healthy;

    private static bool IsOver(ResourceEvent e) => KnownResourceStates.TerminalStates.Contains(e.Snapshot.State?.Text);

    private sealed class Waiter(Func<ResourceEvent, bool> wants)
        : TaskCompletionSource<ResourceEvent>(TaskCreationOptions.RunContinuationsAsynchronously)
    {
        public Func<ResourceEvent, bool> Wants => wants;
    }
}

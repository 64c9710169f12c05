namespace Aspire.Hosting.Eventing;

/// <summary>Something that happened in the life of the application.</summary>
public interface IDistributedApplicationEvent;

/// <summary>Tells who wants to know what happened.</summary>
public interface IDistributedApplicationEventing
{
    /// <summary>Calls back when an event of the type is published.</summary>
    DistributedApplicationEventSubscription Subscribe<T>(Func<T, CancellationToken, Task> callback)
        where T : IDistributedApplicationEvent;

    /// <summary>Calls the subscribers one after the other.</summary>
    Task PublishAsync<T>(T @event, CancellationToken cancellationToken = default)
        where T : IDistributedApplicationEvent;
}

/// <summary>Somebody wants to know.</summary>
public class DistributedApplicationEventSubscription(
    Func<IDistributedApplicationEvent, CancellationToken, Task> callback)
{
    /// <summary>What to call.</summary>
    public Func<IDistributedApplicationEvent, CancellationToken, Task> Callback { get; } = callback;
}

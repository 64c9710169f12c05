namespace Aspire.Hosting.Eventing;

/// <inheritdoc cref="IDistributedApplicationEventing" />
public class DistributedApplicationEventing : IDistributedApplicationEventing
{
    private readonly List<(Type Event, DistributedApplicationEventSubscription Subscription)> _subscriptions = [];

    /// <inheritdoc />
    public DistributedApplicationEventSubscription Subscribe<T>(Func<T, CancellationToken, Task> callback)
        where T : IDistributedApplicationEvent
    {
        var subscription = new DistributedApplicationEventSubscription(
            (@event, cancellationToken) => callback((T)@event, cancellationToken));
        lock (_subscriptions)
            _subscriptions.Add((typeof(T), subscription));
        return subscription;
    }

    /// <inheritdoc />
    public async Task PublishAsync<T>(T @event, CancellationToken cancellationToken = default)
        where T : IDistributedApplicationEvent
    {
        DistributedApplicationEventSubscription[] interested;
        lock (_subscriptions)
            interested = [.. from s in _subscriptions where s.Event == typeof(T) select s.Subscription];

        foreach (var subscription in interested)
            await subscription.Callback(@event, cancellationToken);
    }
}

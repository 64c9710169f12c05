namespace CacheDemo.Redis;

/// <summary>Whether Redis is connected.</summary>
/// <remarks>Thread-safe. <see cref="Changed"/> is raised on the thread that noticed the change.</remarks>
public sealed class RedisConnectionState
{
    private readonly Lock _changing = new();

    /// <summary>A state of the connection.</summary>
    /// <param name="Connected">Whether Redis is connected and may be used.</param>
    /// <param name="Reason">
    /// Why it is not, without addresses and secrets; null where it is, or the reason is not known yet.
    /// </param>
    /// <param name="Since">When it became so.</param>
    public sealed record Status(bool Connected, string? Reason, DateTimeOffset Since);

    /// <summary>Raised after each change.</summary>
    public event Action<Status>? Changed;

    /// <summary>The state now.</summary>
    public Status Current { get; private set; } = new(Connected: false, Reason: null, DateTimeOffset.UtcNow);

    /// <summary>
    /// Whether only replicas are connected, as after a failover, and connections are replaced until one is to a
    /// primary.
    /// </summary>
    public bool OnlyReplicas { get; internal set; }

    /// <summary>Changes the state; <see cref="Status.Since"/> stays where only the reason is new.</summary>
    internal void Set(bool connected, string? reason)
    {
        lock (_changing)
        {
            if (connected == Current.Connected && reason == Current.Reason)
                return;
            var since = connected == Current.Connected ? Current.Since : DateTimeOffset.UtcNow;
            Current = new Status(connected, reason, since);
        }

        Changed?.Invoke(Current);
    }
}

namespace CacheDemo.Api.Redis;

/// <summary>Whether Redis answers, for everyone who wants to hear of it.</summary>
/// <remarks>Thread-safe. <see cref="Changed"/> is raised on the thread that noticed.</remarks>
internal sealed class RedisState
{
    /// <summary>A state of Redis.</summary>
    /// <param name="Connected">Whether it is connected.</param>
    /// <param name="Reason">Why it is not, in words that hold no address and no secret; null where it is, or nobody knows yet.</param>
    /// <param name="Since">When that began.</param>
    public sealed record Status(bool Connected, string? Reason, DateTimeOffset Since);

    private readonly Lock _changing = new();

    /// <summary>Raised after each change.</summary>
    public event Action<Status>? Changed;

    /// <summary>How things are.</summary>
    public Status Current { get; private set; } = new(Connected: false, Reason: null, DateTimeOffset.UtcNow);

    /// <summary>Notes how things are; the moment stays where only the reason is new.</summary>
    public void Set(bool connected, string? reason)
    {
        lock (_changing)
        {
            if (connected == Current.Connected && reason == Current.Reason)
                return;
            Current = new Status(connected, reason, connected == Current.Connected ? Current.Since : DateTimeOffset.UtcNow);
        }

        Changed?.Invoke(Current);
    }
}

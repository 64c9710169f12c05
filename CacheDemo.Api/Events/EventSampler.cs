namespace CacheDemo.Api.Events;

/// <summary>
/// Chooses which events are sent where there are more than may be sent. The counts of those that are add up to all.
/// </summary>
/// <remarks>One thread takes samples; any thread counts.</remarks>
internal sealed class EventSampler
{
    private readonly int[] _leftOut = new int[Enum.GetValues<CacheEventType>().Length];

    /// <summary>Counts an event that has no room to wait: the next sample of its type stands for it too.</summary>
    public void LeaveOut(CacheEventType type) => Interlocked.Increment(ref _leftOut[(int)type]);

    /// <summary>
    /// Of the events, about as many as may be sent, in their order: each type has its share, at least one, spread
    /// evenly. <see cref="EventMessage.Count"/> says how many events of its type each one stands for.
    /// </summary>
    public IReadOnlyList<EventMessage> Sample(IReadOnlyList<EventMessage> events, int most)
    {
        if (events.Count <= most && _leftOut.All(leftOut => leftOut == 0))
            return events;

        return
        [
            .. events.GroupBy(e => e.Type).SelectMany(group =>
            {
                var ofType = group.ToList();
                var total = ofType.Count + Interlocked.Exchange(ref _leftOut[(int)group.Key], 0);
                var take = Math.Clamp(most * ofType.Count / events.Count, 1, ofType.Count);
                return Enumerable.Range(0, take).Select(i => ofType[i * ofType.Count / take] with
                {
                    Count = (total / take) + (i < total % take ? 1 : 0),
                });
            }).OrderBy(e => e.At),
        ];
    }
}

using CacheDemo.Api.Events;

namespace CacheDemo.Tests.Events;

/// <summary>Which events are sent where there are more than may be sent.</summary>
public class EventSamplerTests
{
    private readonly EventSampler _sampler = new();

    [Fact]
    public void All_are_sent_where_they_may_be()
    {
        var events = Events(CacheEventType.Hit, 20);
        Assert.Same(events, _sampler.Sample(events, most: 20));
    }

    [Theory]
    [InlineData(200, 20)]
    [InlineData(7, 3)]
    [InlineData(100, 1)]
    public void Of_more_as_many_as_may_be_sent_are_and_their_counts_add_up_to_all(int all, int most)
    {
        var sample = _sampler.Sample(Events(CacheEventType.Hit, all), most);
        Assert.Equal((most, all), (sample.Count, sample.Sum(e => e.Count)));
        Assert.InRange(sample.Max(e => e.Count) - sample.Min(e => e.Count), 0, 1);
    }

    [Fact]
    public void They_are_spread_evenly_and_in_their_order()
    {
        var sample = _sampler.Sample(Events(CacheEventType.Hit, 100), most: 4);
        Assert.Equal(["0", "25", "50", "75"], sample.Select(e => e.Key));
    }

    [Fact]
    public void A_rare_type_is_not_lost_among_many_events_of_another()
    {
        List<EventMessage> events = [.. Events(CacheEventType.Hit, 100), .. Events(CacheEventType.Expired, 1)];
        var sample = _sampler.Sample(events, most: 10);
        Assert.Equal(1, Assert.Single(sample, e => e.Type is CacheEventType.Expired).Count);
        Assert.Equal(100, sample.Where(e => e.Type is CacheEventType.Hit).Sum(e => e.Count));
    }

    [Fact]
    public void Those_that_were_left_out_are_counted_once_with_the_next_of_their_type()
    {
        _sampler.LeaveOut(CacheEventType.Set);
        _sampler.LeaveOut(CacheEventType.Set);
        Assert.Equal([1, 1], _sampler.Sample(Events(CacheEventType.Hit, 2), most: 20).Select(e => e.Count));
        Assert.Equal([2, 2], _sampler.Sample(Events(CacheEventType.Set, 2), most: 20).Select(e => e.Count));
        Assert.Equal([1, 1], _sampler.Sample(Events(CacheEventType.Set, 2), most: 20).Select(e => e.Count));
    }

    private static List<EventMessage> Events(CacheEventType type, int count) =>
    [
        .. Enumerable.Range(0, count).Select(i => new EventMessage(
            type, $"{i}", DateTimeOffset.UnixEpoch.AddMilliseconds(i), Ttl: null, Ms: null, TraceId: null, "instance",
            Reason: null)),
    ];
}

using CacheDemo.Api.Expiration;

namespace CacheDemo.Tests.Expiration;

/// <summary>When a shard is swept.</summary>
public class ExpirationShardTests
{
    private readonly ExpirationShard _shard = new("lives");

    [Fact]
    public void It_is_not_swept_while_no_entry_is_about_to_expire()
    {
        Assert.False(_shard.IsSweepDue);
        _shard.OnRead();
        Assert.InRange(_shard.Wait, TimeSpan.FromSeconds(2), TimeSpan.FromSeconds(3));
    }

    [Fact]
    public void It_is_swept_when_a_deadline_has_passed_and_not_before()
    {
        _shard.OnRead();
        var deadline = ExpirationShard.MonotonicNow + 1_000;
        _shard.SweepAfter(deadline, deadline);
        Assert.False(_shard.IsSweepDue);
        Assert.InRange(_shard.Wait, TimeSpan.FromMilliseconds(500), TimeSpan.FromMilliseconds(1_100));
    }

    [Fact]
    public void An_entry_that_is_found_long_after_its_deadline_is_swept_at_once()
    {
        var deadline = ExpirationShard.MonotonicNow - 60_000;
        _shard.SweepAfter(deadline, deadline);
        Assert.True(_shard.IsSweepDue);
    }

    [Fact]
    public void A_later_deadline_does_not_delay_the_sweep_of_an_earlier_one()
    {
        var now = ExpirationShard.MonotonicNow;
        _shard.SweepAfter(now - 1_000, now - 1_000);
        _shard.SweepAfter(now + 60_000, now + 60_000);
        Assert.True(_shard.IsSweepDue);
    }

    [Fact]
    public void A_sweep_on_request_ends_the_wait()
    {
        _shard.SweepNow();
        Assert.True(_shard.IsSweepDue);
        Assert.Equal(1, _shard.Wake.CurrentCount);
    }
}

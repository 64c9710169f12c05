using CacheDemo.Api.Expiration;
using StackExchange.Redis;

namespace CacheDemo.Tests.Expiration;

/// <summary>What became of an entry whose deadline is at 10,000 ms, by what Redis answered.</summary>
public class ExpirationDecisionTests
{
    private const long Deadline = 10_000;
    private const int NoKey = -2, NoExpiry = -1, Tolerance = 300;
    private const string Entry = "entry", Another = "another entry", None = "";

    [Theory]
    // The key is gone: at its deadline, after it, shortly before it, and too early to have expired.
    [InlineData(NoKey, Deadline, None, nameof(EntryStatus.Expired))]
    [InlineData(NoKey, Deadline + 60_000, None, nameof(EntryStatus.Expired))]
    [InlineData(NoKey, Deadline - Tolerance, None, nameof(EntryStatus.Expired))]
    [InlineData(NoKey, Deadline - Tolerance - 1, None, nameof(EntryStatus.Removed))]
    // The same where the record of the key is the entry's own.
    [InlineData(NoKey, Deadline, Entry, nameof(EntryStatus.Expired))]
    [InlineData(NoKey, Deadline - Tolerance - 1, Entry, nameof(EntryStatus.Removed))]
    // The key exists: not yet expired, or extended by another client.
    [InlineData(0, Deadline, Entry, nameof(EntryStatus.StillThere))]
    [InlineData(1, Deadline - 1, None, nameof(EntryStatus.StillThere))]
    [InlineData(60_000, Deadline + 1, Entry, nameof(EntryStatus.StillThere))]
    // It no longer expires (PERSIST).
    [InlineData(NoExpiry, Deadline - 1, Entry, nameof(EntryStatus.Removed))]
    [InlineData(NoExpiry, Deadline + 1, None, nameof(EntryStatus.Removed))]
    // Another set or expire made a new record, whether its key exists, is gone or is persistent.
    [InlineData(60_000, Deadline + 1, Another, nameof(EntryStatus.Replaced))]
    [InlineData(NoKey, Deadline + 1, Another, nameof(EntryStatus.Replaced))]
    [InlineData(NoExpiry, Deadline + 1, Another, nameof(EntryStatus.Replaced))]
    // The key was deleted through the API.
    [InlineData(NoKey, Deadline + 1, "-", nameof(EntryStatus.Replaced))]
    public void The_status_of_an_entry_follows_from_what_Redis_answered(
        long pttl,
        long now,
        string record,
        string status
    ) =>
        Assert.Equal(
            status,
            $"{ExpirationDecision.Decide(
            pttl, Deadline, now, Tolerance, Entry, record == None ? RedisValue.Null : record)}");
}

using CacheDemo.Tests.Support;
using static CacheDemo.Tests.Support.CacheClient;

namespace CacheDemo.Tests.Dashboard;

/// <summary>The commands that the dashboard has on the API.</summary>
[Collection<DashboardCollection>]
public class CommandTests(SystemWithDashboard system)
{
    private AppHostDemo Demo => system.Demo;

    [Fact]
    public async Task Flush_removes_the_keys_of_the_demo_and_no_other_and_none_of_them_expires()
    {
        using var redis = await system.Redis.ConnectAsync();
        await redis.GetDatabase().StringSetAsync("somebody-elses", "x");
        await using var viewer = await FeedViewer.OpenAsync(Demo.Page);
        string soon = NewKey("soon"), late = NewKey("late");
        await Demo.SetAsync(soon, ttl: 1);
        await Demo.SetAsync(late);

        await Demo.CommandAsync("api", "flush");

        Assert.Empty((await Demo.Page.GetAnswerAsync("/api/keys"))["keys"].EnumerateArray());
        Assert.True(await redis.GetDatabase().KeyExistsAsync("somebody-elses"));
        await viewer.SeesAsync(e => e.Type == "deleted", "keys that are deleted, or samples of them");

        var later = NewKey("later");
        await Demo.SetAsync(later, ttl: 2);
        await viewer.SeesAsync("expired", later);
        Assert.DoesNotContain(viewer.Events, e => e.Type == "expired" && e.Key == soon);
    }

    [Fact]
    public async Task Reset_sets_the_numbers_to_zero()
    {
        var key = NewKey();
        await Demo.SetAsync(key);
        await Demo.HitAsync(key);
        Assert.NotEqual(0, (await Demo.Page.GetAnswerAsync("/api/stats"))["hits"].GetInt64());

        await Demo.CommandAsync("api", "reset-numbers");

        Assert.Equal(0, (await Demo.Page.GetAnswerAsync("/api/stats"))["hits"].GetInt64());
    }
}

using CacheDemo.Tests.Support;
using Microsoft.Playwright;
using static CacheDemo.Tests.Support.CacheClient;
using static Microsoft.Playwright.Assertions;

namespace CacheDemo.Tests.Page;

/// <summary>The ttl bar of a key is the same in every window, whenever that was opened.</summary>
[Collection<RedisCollection>]
public class BarTests(OnRedis system, Chromium chromium) : BrowserTests(chromium)
{
    private readonly string _key = NewKey("bar");

    [Fact]
    public async Task Of_a_key_that_was_set_through_the_API_it_is_the_share_of_its_whole_TTL()
    {
        var first = await OpenAsync();
        await system.Demo.SetAsync(_key, ttl: 20);
        await Expect(first.Row(_key)).ToBeVisibleAsync();
        await Eventually.TrueAsync(async () => await LeftAsync(first) < 0.9, "two of twenty seconds are over");

        await AssertSameAsync(first, await OpenAsync());
        Assert.InRange(await LeftAsync(first), 0.4, 0.9);
    }

    [Fact]
    public async Task Of_a_key_that_redis_cli_set_it_is_the_same_too()
    {
        var first = await OpenAsync();
        using var redis = await system.Server.ConnectAsync();
        await redis.GetDatabase().StringSetAsync($"cachedemo:{_key}", "x", TimeSpan.FromSeconds(40));
        await Expect(first.Row(_key)).ToBeVisibleAsync();
        await AssertSameAsync(first, await OpenAsync());
    }

    private async Task<IPage> OpenAsync()
    {
        var page = await Browser.OpenLiveAsync(system.Demo);
        await page.FilterAsync(_key);
        return page;
    }

    private async Task AssertSameAsync(IPage first, IPage second)
    {
        await Expect(second.Row(_key)).ToBeVisibleAsync();
        var left = await Task.WhenAll(LeftAsync(first), LeftAsync(second));
        Assert.InRange(left[1], left[0] - 0.03, left[0] + 0.03);
    }

    private Task<double> LeftAsync(IPage page) => page.Row(_key).Locator(".key-fuse").EvaluateAsync<double>(
        "bar => Number(getComputedStyle(bar).getPropertyValue('--left'))");
}

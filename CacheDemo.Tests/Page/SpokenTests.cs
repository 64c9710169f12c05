using System.Text.RegularExpressions;
using CacheDemo.Tests.Support;
using static CacheDemo.Tests.Support.CacheClient;
using static Microsoft.Playwright.Assertions;

namespace CacheDemo.Tests.Page;

/// <summary>What a screen reader announces.</summary>
[Collection<GarnetCollection>]
public class SpokenTests(OnGarnet system, Chromium chromium) : BrowserTests(chromium)
{
    [Fact]
    public async Task A_key_that_expires_is_announced()
    {
        var (page, key) = (await Browser.OpenLiveAsync(system.Demo), NewKey());
        await page.FilterAsync(key);
        await system.Demo.SetAsync(key, ttl: 1);
        await Expect(page.GetByTestId("keys-announcer")).ToHaveTextAsync($"{key} expired.");
    }

    [Fact]
    public async Task A_hit_is_announced_with_its_value_a_miss_without()
    {
        var (page, key) = (await Browser.OpenLiveAsync(system.Demo), NewKey());
        await system.Demo.SetAsync(key, "the  value\nof it");
        await page.GetAsync(key);
        await Expect(page.Locator("#announcer")).ToHaveTextAsync($"Get {key}: hit, 200 OK. the value of it");

        await page.GetAsync("nobody");
        await Expect(page.Locator("#announcer")).ToContainTextAsync("Get nobody: miss, 404 Not Found.");
    }

    [Fact]
    public async Task A_filter_announces_the_number_of_keys_that_match()
    {
        var prefix = NewKey("spoken");
        foreach (var name in new[] { "a", "b", "c" })
            await system.Demo.SetAsync($"{prefix}:{name}");
        var page = await Browser.OpenLiveAsync(system.Demo);
        var heard = page.GetByTestId("keys-announcer");

        await page.GetByTestId("keys-filter").FillAsync(prefix);
        await Expect(heard).ToHaveTextAsync("3 keys match.");
        await page.GetByTestId("keys-filter").FillAsync($"{prefix}:[bc]");
        await Expect(heard).ToHaveTextAsync("2 keys match.");
        await page.GetByTestId("keys-filter").FillAsync($"{prefix}:d");
        await Expect(heard).ToHaveTextAsync($"No key contains “{prefix}:d”.");
        await Expect(page.Locator("#keys-empty")).ToHaveTextAsync($"No key contains “{prefix}:d”.");
    }

    [Fact]
    public async Task A_row_reads_as_words()
    {
        var (page, key) = (await Browser.OpenLiveAsync(system.Demo), NewKey());
        await page.FilterAsync(key);
        await system.Demo.SetAsync(key, "12345");
        await Expect(page.Row(key)).ToContainTextAsync("5 B");
        Assert.Matches(new Regex($@"{key} expires in \d+ s,? size 5 B"), await page.Row(key).AriaSnapshotAsync());
        await Expect(page.Row(key).GetByTestId("key-extend")).ToHaveAccessibleNameAsync($"Set TTL of key {key}");
    }
}

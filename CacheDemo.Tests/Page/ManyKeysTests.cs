using System.Text.RegularExpressions;
using CacheDemo.Tests.Support;
using StackExchange.Redis;
using static CacheDemo.Tests.Support.CacheClient;
using static Microsoft.Playwright.Assertions;

namespace CacheDemo.Tests.Page;

/// <summary>More keys than a list shows at once. On a busy machine pages are short: their scan has a limit.</summary>
[Collection<QuietCollection>]
public class ManyKeysTests(OnRedis system, Chromium chromium) : BrowserTests(chromium), IClassFixture<OnRedis>
{
    private readonly string _prefix = NewKey("many");

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        await system.Demo.Api.PostTextAsync("/keys/flush", ""); // the next tests expect few keys
    }

    [Fact]
    public async Task The_head_of_the_list_shows_an_estimated_total_and_loads_more()
    {
        await SetAsync(200);
        var page = await Browser.OpenLiveAsync(system.Demo);
        await page.FilterAsync(_prefix);

        var (count, more) = (page.GetByTestId("keys-count"), page.GetByTestId("keys-more"));
        await Expect(count).ToHaveTextAsync(new Regex("^[5-9][0-9] of about 200 keys$"), new() { Timeout = 15_000 });
        await Expect(more).ToBeInViewportAsync();
        Assert.True((await more.BoundingBoxAsync())!.Y < (await page.GetByTestId("keys-list").BoundingBoxAsync())!.Y);

        await more.ClickAsync();
        await Expect(count).ToHaveTextAsync(new Regex("^1[0-9][0-9] of about 200 keys$"), new() { Timeout = 15_000 });
    }

    [Fact]
    public async Task Of_five_hundred_rows_only_those_in_view_are_written_to_as_time_goes_by()
    {
        await SetAsync(500);
        var page = await Browser.OpenLiveAsync(system.Demo);
        await page.FilterAsync(_prefix);
        var rows = page.GetByTestId("key-row");
        await page.LoadAllAsync(500);
        await page.GetByTestId("keys-list").EvaluateAsync("list => list.parentElement.scrollTop = 0");
        await page.LeaveAsync();
        await Expect(rows.First).ToBeInViewportAsync();

        await page.EvaluateAsync("""
            () => {
              window.written = { seen: 0, unseen: 0 };
              const list = document.getElementById('keys-list');
              const view = list.parentElement.getBoundingClientRect();
              const rowOf = node => (node.closest ? node : node.parentElement).closest('.key-row');
              new MutationObserver(changes => {
                for (const row of changes.map(({ target }) => rowOf(target)).filter(Boolean)) {
                  const { top, bottom } = row.getBoundingClientRect();
                  written[top < view.bottom && bottom > view.top ? 'seen' : 'unseen']++;
                }
              }).observe(list, { subtree: true, childList: true, characterData: true, attributes: true });
            }
            """);

        // The stream sends all rows once when it is asked for more of them; after that, nothing.
        await Eventually.TrueAsync(
            async () => await WrittenInTwoSecondsAsync() is (> 2, 0),
            "for two seconds only rows in view are written to");

        async Task<(int Seen, int Unseen)> WrittenInTwoSecondsAsync()
        {
            await page.EvaluateAsync("() => { window.written = { seen: 0, unseen: 0 }; }");
            var at = await SecondsAsync();
            await Eventually.TrueAsync(async () => await SecondsAsync() <= at - 3, "two seconds have gone by");
            return (await page.EvaluateAsync<int>("written.seen"), await page.EvaluateAsync<int>("written.unseen"));
        }

        async Task<int> SecondsAsync() =>
            int.Parse((await rows.First.GetByTestId("key-ttl").InnerTextAsync()).Split(' ')[0]);
    }

    /// <summary>Sets keys directly in Redis.</summary>
    private async Task SetAsync(int count)
    {
        using var redis = await system.Server.ConnectAsync();
        var database = redis.GetDatabase();
        await Task.WhenAll(Enumerable.Range(0, count).Select(i =>
            database.StringSetAsync($"cachedemo:{_prefix}:{i:000}", "x", TimeSpan.FromSeconds(300))));
    }
}

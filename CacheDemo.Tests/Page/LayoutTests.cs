using System.Text.RegularExpressions;
using CacheDemo.Tests.Support;
using Microsoft.Playwright;
using static CacheDemo.Tests.Support.CacheClient;
using static Microsoft.Playwright.Assertions;

namespace CacheDemo.Tests.Page;

/// <summary>A browser that shows scrollbars, as most do; Playwright's does not.</summary>
public sealed class ChromiumWithScrollbars : Chromium
{
    protected override string[] Without => ["--hide-scrollbars"];
}

/// <summary>The layout in windows of all sizes, with scrollbars that take room, and how little of it moves.</summary>
public class LayoutTests(OnGarnet system, ChromiumWithScrollbars chromium)
    : BrowserTests(chromium), IClassFixture<OnGarnet>, IClassFixture<ChromiumWithScrollbars>
{
    [Theory]
    [InlineData(320, 640)]
    [InlineData(390, 844)]
    [InlineData(1280, 900)]
    public async Task Nothing_has_a_horizontal_scrollbar_or_is_cut_off(int width, int height)
    {
        var prefix = NewKey("wide");
        var longest = $"{prefix}:{new string('k', 300)}";
        await system.Demo.SetAsync(longest, new string('v', 500));
        for (var i = 0; i < 30; i++)
            await system.Demo.SetAsync($"{prefix}:{i}", ttl: 2_592_000);

        var page = await Browser.OpenLiveAsync(system.Demo, PageClient.Sized(width, height));
        await page.FilterAsync(prefix);
        await Expect(page.GetByTestId("key-row")).ToHaveCountAsync(31);
        await page.Row(longest).GetByTestId("key-get").ClickAsync();
        await Expect(page.Row(longest).GetByTestId("key-answer")).ToBeVisibleAsync();
        await page.Row(longest).GetByTestId("key-delete").ClickAsync();

        Assert.True(
            await page.Locator(".keys-scroll").EvaluateAsync<bool>("list => list.offsetWidth > list.clientWidth"),
            "scrollbars take room");
        Assert.Equal("", await page.EvaluateAsync<string>("""
            () => ['html', '.panel', '.keys-scroll', '.keys-list', '.key-row', '.activity-list', '.activity-row']
              .filter(which => [...document.querySelectorAll(which)].some(one => one.scrollWidth > one.clientWidth))
              .join(' ')
            """));
    }

    [Theory]
    [InlineData(390, 844)]
    [InlineData(1366, 650)]
    public async Task Numbers_are_below_the_board_on_a_phone_and_one_line_in_a_short_window(int width, int height)
    {
        var page = await Browser.OpenLiveAsync(system.Demo, PageClient.Sized(width, height));
        await Expect(page.GetByTestId("number-hits")).ToHaveTextAsync(new Regex(@"\d"));
        // At one moment: rows may come meanwhile.
        var at = await page.EvaluateAsync<double[]>("""
            () => {
              const [numbers, board] = ['[data-testid=numbers]', '.board']
                .map(which => document.querySelector(which).getBoundingClientRect());
              return [numbers.top, numbers.height, board.top, board.bottom];
            }
            """);
        if (width < height)
            Assert.True(at[0] >= at[3], $"{at[0]} is below {at[3]}");
        else
            Assert.True(at[0] < at[2] && at[1] < 60, $"{at[1]} is one line");
    }

    [Fact]
    public async Task At_five_hundred_operations_a_second_hardly_anything_moves()
    {
        var page = await Browser.OpenLiveAsync(system.Demo, PageClient.Sized(1280, 900));
        await page.EvaluateAsync("""
            () => {
              window.shifts = [];
              const name = ({ node }) =>
                node ? `${node.nodeName} ${node.id || node.className || node.textContent}` : '?';
              new PerformanceObserver(seen => {
                for (const { hadRecentInput, value, sources } of seen.getEntries())
                  if (!hadRecentInput) shifts.push([value, [...new Set(sources.map(name))].join(', ')]);
              }).observe({ type: 'layout-shift' });
            }
            """);

        var prefix = NewKey("busy");
        using var pace = new PeriodicTimer(TimeSpan.FromMilliseconds(100));
        for (var tenth = 0; tenth < 100; tenth++)
        {
            var first = tenth * 50;
            await Task.WhenAll(Enumerable.Range(first, 50).Select(OperateAsync));
            await pace.WaitForNextTickAsync(TestContext.Current.CancellationToken);
        }

        // Before the list settles, once, as nothing more comes.
        var moved = await page.EvaluateAsync<double>("shifts.reduce((sum, [value]) => sum + value, 0)");
        Assert.True(moved < 0.1, $"{moved}\n{await page.EvaluateAsync<string>("shifts.join('\\n')")}");
        var arrived = page.Locator($"#keys-list [data-key^='{prefix}:']").Or(page.Locator("#keys-new:not([hidden])"));
        await Expect(arrived.First).ToBeAttachedAsync();
        await Expect(page.GetByTestId("number-rps")).ToHaveTextAsync(new Regex(@"^\d{2,}"));

        // A set, two gets, one of them a miss, and a delete of an earlier key; some expire before.
        async Task OperateAsync(int i)
        {
            var (api, turn) = (system.Demo.Api, i / 4);
            string key = $"{prefix}:{turn}", earlier = $"{prefix}:{Math.Max(0, turn - 40)}";
            _ = (i % 4) switch
            {
                0 => await api.PostAsync("/set", new { key, value = "x", ttl = 1 + (turn % 5) }),
                1 => await api.GetAnswerAsync($"/get/{earlier}"),
                2 => await api.GetAnswerAsync($"/get/{prefix}:nobody"),
                _ => await api.SendRawAsync(HttpMethod.Delete, $"/delete/{earlier}"),
            };
        }
    }
}

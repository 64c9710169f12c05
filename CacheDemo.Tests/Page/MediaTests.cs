using System.Text.RegularExpressions;
using CacheDemo.Tests.Support;
using Microsoft.Playwright;
using static CacheDemo.Tests.Support.CacheClient;
using static Microsoft.Playwright.Assertions;

namespace CacheDemo.Tests.Page;

/// <summary>The page with forced colours, in print, and the contrast of its palest text.</summary>
[Collection<GarnetCollection>]
public class MediaTests(OnGarnet system, Chromium chromium) : BrowserTests(chromium)
{
    private const string Styles = """
        const [html, input] = [document.documentElement, document.getElementById('keys-filter')];
        const style = (element, pseudo) => getComputedStyle(element, pseudo);
        const rgb = color => color.match(/[\d.]+/g).map(Number);
        """;

    [Fact]
    public async Task Under_forced_colours_states_the_bar_and_a_hit_can_still_be_distinguished()
    {
        var key = NewKey();
        var page = await Browser.OpenLiveAsync(system.Demo, media: new() { ForcedColors = ForcedColors.Active });
        await page.FilterAsync(key);
        await system.Demo.SetAsync(key);
        await Expect(page.Row(key)).ToBeVisibleAsync();
        await page.GetAsync(key);
        await Expect(page.GetByTestId("response-badge")).ToHaveTextAsync("hit");

        foreach (var (which, element, pseudo, states) in new[]
        {
            ("state", ".state-dot", "", "ok redis buffered"),
            ("activity-state", "#activity-state", "::before", "open lost buffered"),
        })
        {
            var colors = await page.EvaluateAsync<string[]>(
                $$"""
                ([which, element, pseudo, states]) => {
                  {{Styles}}
                  const [owner, dot] = [document.getElementById(which), document.querySelector(element)];
                  const was = owner.dataset.state;
                  const colors = states.split(' ').map(state => {
                    owner.dataset.state = state;
                    return style(dot, pseudo || null).backgroundColor;
                  });
                  owner.dataset.state = was;
                  return [...colors, style(document.body).backgroundColor, style(html).backgroundColor];
                }
                """,
                new[] { which, element, pseudo, states });
            Assert.Equal(3, colors[..3].Distinct().Count());
            Assert.Empty(colors[..3].Intersect(colors[3..]));
        }

        var bar = await page.Row(key).Locator(".key-fuse").EvaluateAsync<string[]>(
            "bar => ['::before', null].map(part => getComputedStyle(bar, part).backgroundColor)");
        Assert.NotEqual(bar[0], bar[1]);
        await Expect(page.GetByTestId("response-badge")).ToHaveCSSAsync("border-style", "solid");
        await Expect(page.Locator(".activity-type").First).ToHaveCSSAsync("border-style", "solid");
    }

    [Fact]
    public async Task On_paper_it_is_light_and_the_list_is_whole()
    {
        var prefix = NewKey("printed");
        for (var i = 0; i < 40; i++)
            await system.Demo.SetAsync($"{prefix}:{i}");
        var page = await Browser.OpenLiveAsync(system.Demo, media: new() { ColorScheme = ColorScheme.Dark });
        await page.FilterAsync(prefix);
        await Expect(page.GetByTestId("key-row")).ToHaveCountAsync(40);
        Assert.True(await LightAsync() < 60, "it was dark");

        await page.EmulateMediaAsync(new() { Media = Media.Print, ColorScheme = ColorScheme.Dark });
        Assert.True(await LightAsync() > 200, "it is light");
        foreach (var list in new[] { ".keys-scroll", "#activity-list" })
            Assert.Equal(0, await page.Locator(list).EvaluateAsync<int>("one => one.scrollHeight - one.clientHeight"));

        await Expect(page.GetByTestId("set-submit")).ToBeHiddenAsync();

        Task<double> LightAsync() => page.EvaluateAsync<double>(
            $"() => {{ {Styles} return Math.min(...rgb(style(html).backgroundColor).slice(0, 3)); }}");
    }

    [Fact]
    public async Task A_placeholder_can_be_read()
    {
        var page = await Browser.OpenLiveAsync(system.Demo, media: new() { ColorScheme = ColorScheme.Light });
        var contrast = await page.EvaluateAsync<double>($$"""
            () => {
              {{Styles}}
              const channel = c => c / 255 <= .04045 ? c / 255 / 12.92 : ((c / 255 + .055) / 1.055) ** 2.4;
              const light = color => {
                const [r, g, b] = rgb(color).map(channel);
                return .2126 * r + .7152 * g + .0722 * b;
              };
              const text = style(input, '::placeholder');
              if (Number(text.opacity) < 1) return 0;
              const [low, high] = [light(text.color), light(style(input).backgroundColor)].sort((a, b) => a - b);
              return (high + .05) / (low + .05);
            }
            """);
        Assert.InRange(contrast, 4.5, 21);
    }
}

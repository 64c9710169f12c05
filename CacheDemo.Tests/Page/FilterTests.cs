using CacheDemo.Tests.Support;
using Microsoft.Playwright;
using StackExchange.Redis;
using static CacheDemo.Tests.Support.CacheClient;
using static Microsoft.Playwright.Assertions;

namespace CacheDemo.Tests.Page;

/// <summary>The page's filter of keys matches as in Redis, without delay.</summary>
[Collection<RedisCollection>]
public class FilterTests(OnRedis system, Chromium chromium) : BrowserTests(chromium)
{
    private static readonly string[] Keys =
    [
        "a",
        "b",
        "c",
        "-",
        "]",
        "[",
        "^",
        "\\",
        "*",
        "?",
        "ab",
        "aXb",
        "a-b",
        "a*b",
        "a\\b",
        "a]b",
        "aab",
        "caf",
        "cafe",
        "café",
        "cafés",
        "日本",
        "🔑",
        " ",
    ];

    private static readonly string[] Globs =
    [
        "*",
        "?",
        "??",
        "a*b",
        "*a*b*",
        "a\\*b",
        "a\\\\b",
        "\\",
        "a\\",
        "caf?",
        "caf??",
        "caf*",
        "*é",
        "[a-c]",
        "[c-a]",
        "[^a]",
        "[^a-c]",
        "[^]",
        "[]",
        "[]]",
        "[",
        "[^",
        "[a",
        "[a-",
        "[a-c",
        "[\\]]",
        "[\\",
        "[a\\-c]",
        "[-]",
        "[]-c]",
        "[é]",
        "caf[é]",
        "caf[é][é]",
        "[a-é]",
        "a[X-]b",
        "a[^X]b",
        "]",
        "^",
        "???",
        "日?",
        "*[^b]",
        "**a**",
        "*?*",
        "caf[^e]*",
        "????",
        "[\\a-c]",
        "[a-\\]",
        "[a-\\]]",
    ];

    [Fact]
    public async Task A_glob_matches_the_same_keys_as_in_Redis_byte_by_byte()
    {
        using var redis = await system.Server.ConnectAsync();
        foreach (var key in Keys)
            await redis.GetDatabase().StringSetAsync($"globs:{key}", "x");
        var page = await Browser.OpenAsync(system.Demo.PageAddress);
        foreach (var glob in Globs)
        {
            var wanted = ((RedisKey[])(await redis.GetDatabase().ExecuteAsync("KEYS", $"globs:{glob}"))!).Select(
                key => $"{key}"["globs:".Length..]);
            var matched = await page.EvaluateAsync<string[]>(
                "async ([glob, keys]) => { const { matches } = await import('./js/glob.js'); return "
                    + "keys.filter(key => matches(glob, key)); }",
                new object[] { glob, Keys });
            Assert.Equal(
                (glob, string.Join(' ', wanted.Order(StringComparer.Ordinal))),
                (glob, string.Join(' ', matched.Order(StringComparer.Ordinal))));
        }

        await redis.GetDatabase().KeyDeleteAsync([.. Keys.Select(key => (RedisKey)$"globs:{key}")]);
    }

    [Fact]
    public async Task A_glob_of_many_stars_is_matched_at_once()
    {
        await system.Demo.SetAsync(new string('a', 300));
        var page = await Browser.OpenAsync(system.Demo.PageAddress);
        await Expect(page.GetByTestId("key-row").First).ToBeVisibleAsync();

        await page.GetByTestId("keys-filter").FillAsync("*a*a*a*a*a*a*a*a*b");
        await Expect(page.Locator("#keys-empty")).ToContainTextAsync("No key matches", new() { Timeout = 3_000 });
    }

    [Fact]
    public async Task A_row_stays_while_its_key_matches_and_exists()
    {
        var key = $"{NewKey()}-café";
        var page = await Browser.OpenLiveAsync(system.Demo);
        await page.GetByTestId("keys-filter").FillAsync(key.Replace("é", "?"));
        await system.Demo.SetAsync(key);
        await Expect(page.Locator($"[data-testid=activity-row][data-key='{key}']").First).ToBeVisibleAsync();
        await Expect(page.GetByTestId("key-row")).ToHaveCountAsync(0);

        await page.GetByTestId("keys-filter").FillAsync(key.Replace("é", "??"));
        await Expect(page.GetByTestId("key-row")).ToHaveCountAsync(1);
    }
}

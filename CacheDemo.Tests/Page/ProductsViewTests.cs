using System.Text.Json;
using System.Text.RegularExpressions;
using Aspire.Hosting;
using Aspire.Hosting.ApplicationModel;
using CacheDemo.Tests.Support;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace CacheDemo.Tests.Page;

/// <summary>Three instances of the API behind the page, with a dashboard for the links to traces.</summary>
public sealed class ThreeReplicas : IAsyncLifetime
{
    public const string Dashboard = "http://dashboard.test:18888";

    public AppHostDemo Demo { get; private set; } = null!;

    public async ValueTask InitializeAsync()
    {
        Demo = await AppHostDemo.StartAsync(
            system => system.CreateResourceBuilder<ProjectResource>("frontend")
                .WithEnvironment("Page__Dashboard", Dashboard),
            "--Redis:Mode=embedded", "--Api:Replicas=3");
        // The first query of an instance opens the database: a busy machine may take longer than a read.
        await Eventually.TrueAsync(
            () => ReadsAsync(Enumerable.Range(1, 12)), "every instance reads products");
    }

    /// <summary>
    /// Reads products at the same moment, as one connection leads to one instance; returns whether all were read.
    /// </summary>
    public async Task<bool> ReadsAsync(IEnumerable<int> products) =>
        (await Task.WhenAll(products.Select(id => Demo.Page.AnswersAsync($"/api/products/{id}"))))
            .All(answers => answers);

    public ValueTask DisposeAsync() => Demo.DisposeAsync();
}

/// <summary>The second view of the page: products, in front of a database.</summary>
public partial class ProductsViewTests(ThreeReplicas system, Chromium chromium)
    : BrowserTests(chromium), IClassFixture<ThreeReplicas>
{
    [Theory]
    [InlineData(1280, 900, ColorScheme.Light)]
    [InlineData(360, 780, ColorScheme.Dark)]
    public async Task Each_step_of_the_guide_tells_what_it_measured_and_axe_and_the_policy_find_nothing(
        int width, int height, ColorScheme scheme)
    {
        var errors = new List<string>();
        var page = await OpenAsync(
            PageClient.Sized(width, height),
            new() { ColorScheme = scheme, ReducedMotion = ReducedMotion.Reduce });
        page.PageError += (_, error) => errors.Add(error);
        await page.AssertAccessibleAsync();

        await AssertStepAsync(page, "Miss", @"in no memory and not in Redis\. The database had it: [\d.]+ ms");
        await Expect(page.GetByTestId("read-source")).ToHaveTextAsync("database");
        await Expect(page.Locator("[data-part=Database]")).ToHaveAttributeAsync("data-ms", Number());
        await Expect(page.Locator("[data-part=API]")).ToHaveAttributeAsync("data-ms", Number());

        await AssertStepAsync(page, "Hit", @"came from (the memory of \S+|Redis) in [\d.]+ ms\. It is [\d.]+ s old");
        await Expect(page.Locator("[data-part=Database]")).ToHaveCountAsync(0);

        var (together, apart) = Two(await AssertStepAsync(
            page, "Expiry with jitter", @"sent ([\d,]+) reads .* jitter it was ([\d,]+), p99"));
        Assert.True(apart < together, $"{apart} reads at once with jitter, {together} without");

        var (none, protectedLoads) = Two(await AssertStepAsync(
            page, "Stampede", @"(\d+) of 100 readers asked .* across 3 instances it was (\d+)\."));
        Assert.InRange(none, 4, 100);
        Assert.Equal(1, protectedLoads);

        await AssertStepAsync(
            page, "Stale", @"was served all the same in [\d.]+ ms, marked as expired, [\d.]+ s after");
        await Expect(page.GetByTestId("read-source")).ToContainTextAsync("expired");
        await Expect(page.GetByTestId("switch-database")).Not.ToBeCheckedAsync();

        await AssertStepAsync(
            page, "Change", @"went from [\d,.]+ to [\d,.]+, answered after \d+ ms\. [\d.]+ m?s later nobody");
        await Expect(page.Locator(".holder[data-old]")).ToHaveCountAsync(0);
        await Expect(page.Locator(".holder")).ToHaveCountAsync(5);

        await page.AssertAccessibleAsync();
        Assert.Equal("", await page.EvaluateAsync<string>("""
            () => ['html', '.panel', '.way', '.holders', '.lanes', '.guide']
              .filter(which => [...document.querySelectorAll(which)].some(one => one.scrollWidth > one.clientWidth))
              .join(' ')
            """));
        Assert.Empty(errors);
        Assert.Equal("[]", await page.EvaluateAsync<string>("JSON.stringify(violations)"));
    }

    [Fact]
    public async Task A_step_that_is_begun_before_the_products_are_listed_waits_for_them()
    {
        var page = await Browser.OpenAsync(new("about:blank"));
        var begun = new TaskCompletionSource();
        await page.RouteAsync("**/api/products?*", async route =>
        {
            await begun.Task;
            await route.ContinueAsync();
        });
        await page.GotoAsync(Address);
        await page.Step("Miss").GetByTestId("step-run").ClickAsync();
        begun.SetResult();
        await Expect(page.Step("Miss")).ToHaveAttributeAsync("data-state", "done");
    }

    [Fact]
    public async Task The_picture_of_a_stampede_has_a_bar_for_each_reader_and_the_table_says_the_same()
    {
        var page = await OpenAsync();
        await page.GetByTestId("stampede-readers").FillAsync("60");
        await page.GetByLabel("in each instance").CheckAsync();
        await page.GetByTestId("stampede-submit").ClickAsync();
        await Expect(page.GetByTestId("stampede-result")).ToContainTextAsync("of 60 readers reached the database");

        var lanes = page.GetByTestId("stampede-lane");
        await Expect(lanes).ToHaveCountAsync(3);
        await Expect(lanes.Locator("rect")).ToHaveCountAsync(60);
        var loads = 0;
        foreach (var lane in await lanes.AllAsync())
        {
            Assert.Equal(20, await lane.Locator("rect").CountAsync());
            var shown = await lane.Locator("rect[data-source=database]").CountAsync();
            Assert.Equal($"{shown}", await lane.GetAttributeAsync("data-loads"));
            loads += shown;
        }

        // One in each instance, and none where Redis had it by then.
        Assert.InRange(loads, 1, 3);
        await Expect(page.GetByTestId("stampede-result")).ToContainTextAsync($"{loads} of 60");
        await page.GetByTestId("stampede-figure").GetByText("As a table").ClickAsync();
        var rows = page.GetByTestId("stampede-figure").Locator("tbody tr");
        await Expect(rows).ToHaveCountAsync(60);
        await Expect(rows.Filter(new() { HasText = "database" })).ToHaveCountAsync(loads);
    }

    [Fact]
    public async Task A_load_draws_both_lanes_and_ends_with_a_sentence_in_every_window()
    {
        var page = await OpenAsync();
        var other = await OpenAsync();
        await page.GetByTestId("load-seconds").FillAsync("3");
        await page.GetByTestId("load-submit").ClickAsync();
        foreach (var window in new[] { page, other })
        {
            await Expect(window.GetByTestId("load-result"))
                .ToHaveTextAsync(Sentence(), new() { Timeout = 30_000 });
            await Expect(window.Locator("[data-lane]")).ToHaveCountAsync(2);
            await Expect(window.Locator("[data-lane=uncached]")).ToContainTextAsync("database 100");
        }
    }

    [Fact]
    public async Task Every_window_follows_the_switches_and_expired_entries_are_marked_with_their_age()
    {
        var page = await OpenAsync();
        var other = await OpenAsync();
        await page.GetByTestId("read-submit").ClickAsync();
        await Expect(page.GetByTestId("read-source")).ToBeVisibleAsync();
        try
        {
            await page.GetByTestId("switch-database").CheckAsync();
            await Expect(other.GetByTestId("switch-database")).ToBeCheckedAsync();
            await Expect(other.GetByTestId("conditions-until")).ToContainTextAsync("for everyone");
            await page.GetByTestId("expire").ClickAsync();
            await Expect(page.GetByTestId("probe-line"))
                .ToHaveTextAsync(new Regex(@"expired, served all the same, [\d.]+\ss old"));
            await Expect(page.Locator("#probe-picture rect[data-source=stale]").First).ToBeAttachedAsync();

            await page.GetByTestId("switch-fail-safe").UncheckAsync();
            await Expect(page.GetByTestId("probe-line")).ToContainTextAsync("The database does not answer.");
            await Expect(page.Locator("#probe-picture rect[data-source=failed]").First).ToBeAttachedAsync();
        }
        finally
        {
            await system.Demo.Api.SendRawAsync(
                HttpMethod.Put, "/lab/conditions", System.Net.Http.Json.JsonContent.Create(new { }));
        }

        await Expect(page.GetByTestId("switch-database")).Not.ToBeCheckedAsync();
        await Expect(page.GetByTestId("probe-line")).ToContainTextAsync("from ");
    }

    [Fact]
    public async Task Without_the_backplane_an_instance_holds_the_old_price_and_it_is_marked()
    {
        await Eventually.TrueAsync(
            async () => await system.ReadsAsync(Enumerable.Repeat(77, 12))
                && (await system.Demo.Page.GetAnswerAsync("/api/products/77/copies"))["instances"].EnumerateArray()
                    .All(instance => instance.GetProperty("copy") is { ValueKind: JsonValueKind.Object } copy
                        && !copy.GetProperty("stale").GetBoolean()),
            "every instance holds the product");
        var page = await OpenAsync();
        await page.GetByTestId("product").SelectOptionAsync("77");
        try
        {
            await page.GetByTestId("copies-backplane").UncheckAsync();
            await Expect(page.GetByTestId("conditions-until")).ToContainTextAsync("for everyone");
            await page.GetByTestId("price").FillAsync("12.34");
            await page.GetByTestId("price-submit").ClickAsync();
            await Expect(page.Locator(".holder[data-old]").First).ToContainTextAsync("old");
            // Until the copies end in memory.
            await Expect(page.GetByTestId("copies-result"))
                .ToContainTextAsync("nobody held the old price", new() { Timeout = 30_000 });
            await Expect(page.Locator(".holder[data-holder=Database]")).ToContainTextAsync("12.34");
        }
        finally
        {
            await page.GetByTestId("copies-backplane").CheckAsync();
            await Expect(page.GetByTestId("conditions-until")).ToHaveTextAsync("");
        }
    }

    [Fact]
    public async Task A_price_that_the_API_refuses_is_told_at_the_field()
    {
        var page = await OpenAsync();
        await page.GetByTestId("price").FillAsync("cheap");
        await page.GetByTestId("price-submit").ClickAsync();
        await Expect(page.Locator("#price-error")).ToContainTextAsync("from 0.01 to 1000000");
        await Expect(page.GetByTestId("price")).ToHaveAttributeAsync("aria-invalid", "true");
        await Expect(page.GetByTestId("price")).ToBeFocusedAsync();
    }

    [Fact]
    public async Task Links_by_keyboard_lead_from_one_view_to_the_other_and_back_again()
    {
        var page = await Browser.OpenAsync(system.Demo.PageAddress);
        var links = page.GetByRole(AriaRole.Navigation).GetByRole(AriaRole.Link);
        await Expect(links.Nth(0)).ToHaveAttributeAsync("aria-current", "page");
        await links.Nth(1).FocusAsync();
        await page.Keyboard.PressAsync("Enter");
        await Expect(page.GetByTestId("guide")).ToBeVisibleAsync();
        await Expect(links.Nth(1)).ToHaveAttributeAsync("aria-current", "page");

        await page.GoBackAsync();
        await Expect(page.GetByTestId("set-key")).ToBeVisibleAsync();
        await page.GoForwardAsync();
        await links.Nth(0).ClickAsync();
        await Expect(page.GetByTestId("set-key")).ToBeVisibleAsync();
    }

    [Fact]
    public async Task Where_there_are_no_experiments_the_view_says_so_and_reads_and_changes_all_the_same()
    {
        var page = await Browser.OpenAsync(new("about:blank"));
        // What the stream of an API without Lab:Enabled begins with.
        await page.RouteAsync("**/api/events", route => route.FulfillAsync(new()
        {
            ContentType = "text/event-stream",
            Body = """
                event: state
                data: {"redis":"connected","since":"2026-01-01T00:00:00Z","live":true}


                """,
        }));
        await page.GotoAsync(Address);
        await Expect(page.GetByTestId("lab-off")).ToBeVisibleAsync();
        await Expect(page.GetByTestId("stampede")).ToBeHiddenAsync();
        await Expect(page.GetByTestId("guide")).ToBeHiddenAsync();
        await page.GetByTestId("read-submit").ClickAsync();
        await Expect(page.GetByTestId("read-source")).ToBeVisibleAsync();
        await Expect(page.Locator(".holder")).ToHaveCountAsync(5);
    }

    private string Address => new Uri(system.Demo.PageAddress, "database.html").ToString();

    private static async Task<Match> AssertStepAsync(IPage page, string name, string sentences)
    {
        var said = await page.TakeStepAsync(name);
        TestContext.Current.SendDiagnosticMessage($"{name}: {said}");
        await Expect(page.Step(name).GetByRole(AriaRole.Link)).ToHaveAttributeAsync(
            "href", new Regex($"^{Regex.Escape(ThreeReplicas.Dashboard)}/traces/detail/[0-9a-f]{{32}}$"));
        var match = Regex.Match(said, sentences);
        Assert.True(match.Success, said);
        return match;
    }

    private static (int First, int Second) Two(Match match) => (Whole(match.Groups[1]), Whole(match.Groups[2]));

    private static int Whole(Group digits) =>
        int.Parse(digits.Value.Replace(",", ""), System.Globalization.CultureInfo.InvariantCulture);

    private async Task<IPage> OpenAsync(ViewportSize? size = null, PageEmulateMediaOptions? media = null)
    {
        var page = await Browser.OpenAsync(new(Address), size, media, PageClient.RecordViolations);
        await page.HasProductsAsync();
        return page;
    }

    [GeneratedRegex(@"^\d+(\.\d+)?")]
    private static partial Regex Number();

    [GeneratedRegex(@"^[\d,]+ of [\d,]+ reads never reached the database \([\d.]+.%\); p50 [\d.]+.ms instead of")]
    private static partial Regex Sentence();
}

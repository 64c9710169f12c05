using Microsoft.Playwright;

namespace CacheDemo.Tests.Support;

/// <summary>A headless Chromium, the operating system's own.</summary>
public class Browser : IAsyncLifetime
{
    // Two busy cores take longer than Playwright's five seconds now and then.
    static Browser() => Assertions.SetDefaultExpectTimeout(15_000);

    private IPlaywright? _playwright;
    private IBrowser? _browser;

    /// <summary>The default arguments of Playwright that it is started without.</summary>
    protected virtual string[] Without => [];

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    /// <summary>
    /// Opens a window of its own, where the page finds that <paramref name="firstScript"/> ran before its own; skips
    /// the test where there is no Chromium.
    /// </summary>
    public async Task<IPage> OpenAsync(
        Uri address,
        BrowserNewContextOptions? options = null,
        string? firstScript = null)
    {
        if (_browser is null)
        {
            var program = Tools.Require("CHROMIUM", "chromium", "chromium-browser", "google-chrome", "msedge");
            _playwright = await Playwright.CreateAsync();
            _browser = await _playwright.Chromium.LaunchAsync(
                new()
                {
                    ExecutablePath = program,
                    IgnoreDefaultArgs = Without,
                    Args =
                    [
                        "--no-sandbox",
                        "--disable-gpu",
                        "--disable-quic",
                        "--no-first-run",
                        "--disable-background-networking",
                        "--disable-component-update",
                        "--disable-sync",
                    ],
                });
        }

        var context = await _browser.NewContextAsync(options);
        if (firstScript is not null)
            await context.AddInitScriptAsync(firstScript);
        var page = await context.NewPageAsync();
        await page.GotoAsync(address.ToString());
        return page;
    }

    /// <summary>Closes every window, so that none stays connected during the next test.</summary>
    public async Task CloseWindowsAsync()
    {
        foreach (var context in _browser?.Contexts ?? [])
            await context.CloseAsync();
    }

    public async ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        if (_browser is not null)
            await _browser.CloseAsync();
        _playwright?.Dispose();
    }
}

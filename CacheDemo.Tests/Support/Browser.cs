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
        await LoadAsync(page, address);
        return page;
    }

    // Chromium gives up the connections that it is opening when the machine gets or loses a network address, as it does
    // whenever a test starts or stops a container, and a module that is not loaded is not asked for again.
    private static async Task LoadAsync(IPage page, Uri address)
    {
        const string Changed = "net::ERR_NETWORK_CHANGED";
        var changed = true;
        page.RequestFailed += OnFailed;
        while (changed)
        {
            changed = false;
            try
            {
                await page.GotoAsync(address.ToString());
            }
            catch (PlaywrightException e) when (e.Message.Contains(Changed, StringComparison.Ordinal))
            {
                changed = true;
            }
        }

        page.RequestFailed -= OnFailed;

        void OnFailed(object? sender, IRequest request) => changed |= request.Failure == Changed;
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

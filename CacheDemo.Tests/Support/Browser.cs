using System.Collections.Concurrent;
using CacheDemo.Tests.Support;
using Microsoft.Playwright;

[assembly: AssemblyFixture(typeof(Chromium))]

namespace CacheDemo.Tests.Support;

/// <summary>
/// A headless Chromium, the operating system's own, that all tests share. It starts with the first window.
/// </summary>
public class Chromium : IAsyncDisposable
{
    // Two busy cores take longer than Playwright's five seconds now and then.
    static Chromium() => Assertions.SetDefaultExpectTimeout(15_000);

    private readonly Lazy<Task<IBrowser>> _browser;
    private readonly ConcurrentBag<IBrowserContext> _free = [];
    private IPlaywright? _playwright;

    public Chromium() => _browser = new(StartAsync);

    /// <summary>
    /// Ends when no test starts or stops a container any more: each time the machine's network addresses change, and
    /// Chromium then gives up the connections that it is opening (<c>ERR_NETWORK_CHANGED</c>).
    /// </summary>
    public static TaskCompletionSource ContainersEnded { get; } =
        new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>The default arguments of Playwright that it is started without.</summary>
    protected virtual string[] Without => [];

    /// <summary>
    /// A window that no other test has, without cookies and stored values; skips the test where there is no Chromium.
    /// </summary>
    public async Task<IBrowserContext> RentAsync()
    {
        if (_free.TryTake(out var free))
            return free;
        var window = await (await _browser.Value).NewContextAsync();
        // While an empty tab is open, the next page needs no new processes, which cost a second of CPU time.
        await window.NewPageAsync();
        return window;
    }

    /// <summary>Takes back a window that a test rented, and clears what it left there.</summary>
    public async Task ReturnAsync(IBrowserContext window)
    {
        await window.UnrouteAllAsync(new() { Behavior = UnrouteBehavior.IgnoreErrors });
        foreach (var page in window.Pages.Skip(1).ToArray())
            await page.CloseAsync();
        await window.SetOfflineAsync(false);
        await window.ClearPermissionsAsync();
        var devTools = await window.NewCDPSessionAsync(window.Pages[0]);
        await devTools.SendAsync(
            "Storage.clearDataForOrigin",
            new() { ["origin"] = "*", ["storageTypes"] = "all" });
        await window.ClearCookiesAsync();
        await devTools.DetachAsync();
        _free.Add(window);
    }

    public async ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        if (_browser is { IsValueCreated: true, Value.IsCompletedSuccessfully: true })
            await (await _browser.Value).CloseAsync();
        _playwright?.Dispose();
    }

    private async Task<IBrowser> StartAsync()
    {
        // The first takes three quarters of the second's CPU time.
        var program = Tools.Require(
            "CHROMIUM", "chromium-headless-shell", "chromium", "chromium-browser", "google-chrome", "msedge");
        _playwright = await Playwright.CreateAsync();
        return await _playwright.Chromium.LaunchAsync(
            new()
            {
                ExecutablePath = program,
                IgnoreDefaultArgs = Without,
                Args =
                [
                    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
                    "--disable-background-networking", "--disable-component-update", "--disable-sync",
                ],
            });
    }
}

/// <summary>The windows of one test, which waits until all containers have ended unless it runs among them.</summary>
public sealed class Browser(Chromium chromium, bool amongContainers = false) : IAsyncDisposable
{
    private readonly List<IBrowserContext> _windows = [];

    /// <summary>
    /// Opens a window of its own, where the page finds that <paramref name="firstScript"/> ran before its own; skips
    /// the test where there is no Chromium.
    /// </summary>
    public async Task<IPage> OpenAsync(
        Uri address, ViewportSize? size = null, PageEmulateMediaOptions? media = null, string? firstScript = null)
    {
        if (!amongContainers)
            await Chromium.ContainersEnded.Task.WaitAsync(TimeSpan.FromMinutes(9));
        var window = await chromium.RentAsync();
        _windows.Add(window);
        var page = await window.NewPageAsync();
        if (size is not null)
            await page.SetViewportSizeAsync(size.Width, size.Height);
        if (media is not null)
            await page.EmulateMediaAsync(media);
        if (firstScript is not null)
            await page.AddInitScriptAsync(firstScript);
        await page.GotoAsync(address.ToString());
        return page;
    }

    /// <summary>Closes every page, so that none stays connected during the next test.</summary>
    public async ValueTask DisposeAsync()
    {
        foreach (var window in _windows)
            await chromium.ReturnAsync(window);
    }
}

/// <summary>Tests in windows of the browser, which close when the test ends.</summary>
public abstract class BrowserTests(Chromium chromium, bool amongContainers = false) : IAsyncDisposable
{
    /// <summary>The windows.</summary>
    protected Browser Browser { get; } = new(chromium, amongContainers);

    public virtual ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        return Browser.DisposeAsync();
    }
}

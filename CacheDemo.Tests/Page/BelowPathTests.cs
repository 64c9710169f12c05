using System.Net;
using CacheDemo.Tests.Support;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Yarp.ReverseProxy.Transforms;
using static CacheDemo.Tests.Support.CacheClient;
using static Microsoft.Playwright.Assertions;

namespace CacheDemo.Tests.Page;

/// <summary>
/// The page below a path of another site, as behind nginx with <c>location /demo/ { proxy_pass http://page/; }</c>.
/// </summary>
[Collection<GarnetCollection>]
public class BelowPathTests(OnGarnet system, Chromium chromium) : BrowserTests(chromium)
{
    [Fact]
    public async Task The_page_is_loaded_sets_gets_and_is_live()
    {
        var builder = WebApplication.CreateEmptyBuilder(new());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0));
        builder.Services.AddRouting().AddHttpForwarder();
        await using var proxy = builder.Build();
        proxy.MapForwarder(
            "/demo/{**rest}",
            system.Demo.PageAddress.ToString(),
            transforms => transforms.AddPathRemovePrefix("/demo"));
        await proxy.StartAsync(TestContext.Current.CancellationToken);

        var page = await Browser.OpenAsync(new Uri($"{proxy.Urls.Single()}/demo/"));
        var astray = new List<string>();
        page.Request += (_, request) =>
            astray.AddRange(
                new[] { request.Url }.Where(url =>
                    !new Uri(url).AbsolutePath.StartsWith("/demo/", StringComparison.Ordinal)));
        await page.IsLiveAsync();

        var key = NewKey();
        await page.SetAsync(key, "12345");
        await page.GetAsync(key);
        await Expect(page.GetByTestId("response-badge")).ToHaveTextAsync("hit");
        await Expect(page.Activity("hit", key)).ToBeVisibleAsync();
        await page.DeleteAsync(key);
        await Expect(page.Activity("deleted", key)).ToBeVisibleAsync();
        Assert.Empty(astray);
    }
}

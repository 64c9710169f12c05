using CacheDemo.Tests.Support;

namespace CacheDemo.Tests.Page;

/// <summary>The page's host in front of an API that echoes requests.</summary>
public sealed class PageOnEcho : IAsyncLifetime
{
    private EchoApi _api = null!;
    private Service _page = null!;

    /// <summary>A client of the page's host.</summary>
    public HttpClient Client => _page.Client;

    public async ValueTask InitializeAsync()
    {
        _api = await EchoApi.StartAsync();
        _page = await Service.StartPageAsync(_api.Address);
    }

    public async ValueTask DisposeAsync()
    {
        await _page.DisposeAsync();
        await _api.DisposeAsync();
    }
}

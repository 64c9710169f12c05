namespace CacheDemo.Tests.Support;

/// <summary>The whole system: the page's host in front of the API.</summary>
public class Demo : IAsyncDisposable
{
    private readonly IReadOnlyList<Service> _services;

    /// <summary>A system with these clients, and services that end with it.</summary>
    public Demo(HttpClient page, HttpClient api, params IReadOnlyList<Service> services) =>
        (Page, Api, _services) = (page, api, services);

    /// <summary>Where the page is.</summary>
    public Uri PageAddress => Page.BaseAddress!;

    /// <summary>A client of the page's host; the API is below <c>/api</c>.</summary>
    public HttpClient Page { get; }

    /// <summary>A client of the API itself.</summary>
    public HttpClient Api { get; }

    /// <summary>
    /// Starts it in this process, on free ports, with the settings that the AppHost gives both services, and waits
    /// until the page is served.
    /// </summary>
    public static async Task<Demo> StartAsync(string redis, params IEnumerable<(string Name, string Value)> options)
    {
        (string, string)[] settings =
        [
            ("ASPNETCORE_ENVIRONMENT", "Development"),
            ("Products__DataFolder", Path.Combine(CommandLine.Root, "CacheDemo.AppHost", "data")),
            ("Products__DatabaseLatencyMs", "30"),
            .. options,
        ];
        var api = await Service.StartApiAliveAsync(redis, settings);
        try
        {
            var page = await Service.StartPageAsync(api.Client.BaseAddress!, settings);
            return new Demo(page.Client, api.Client, page, api);
        }
        catch
        {
            await api.DisposeAsync();
            throw;
        }
    }

    /// <summary>Stops it.</summary>
    public virtual async ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        Page.Dispose();
        Api.Dispose();
        foreach (var service in _services)
            await service.DisposeAsync();
    }
}

namespace CacheDemo.Tests.Support;

/// <summary>
/// A service of the system without an AppHost: in the test's process, as <see cref="ProgramInside"/>, or as a
/// <see cref="ServiceProcess"/>, for what needs one: environment variables, threads, being killed, and telemetry, whose
/// sources all instances in a process share.
/// </summary>
public abstract class Service : IAsyncDisposable
{
    /// <summary>The project of the API, which is the name of its program.</summary>
    protected const string ApiProject = "CacheDemo.Api";

    /// <summary>The project of the page's host.</summary>
    protected const string PageProject = "CacheDemo.Frontend";

    /// <summary>
    /// A client of the service, if it serves HTTP. It sends no trace of its own, which it would where a service in this
    /// process listens to traces.
    /// </summary>
    public HttpClient Client { get; } = new(new SocketsHttpHandler { ActivityHeadersPropagator = null });

    /// <summary>What it printed so far.</summary>
    public abstract string Output { get; }

    /// <summary>Starts an instance of the API in this process, on a free port, and waits until it is ready.</summary>
    public static async Task<Service> StartApiAsync(string redis, params IEnumerable<(string, string)> options) =>
        await ReadyAsync(ProgramInside.Start(ApiProject, [.. ApiOptions(redis), .. options]));

    /// <summary>
    /// As <see cref="StartApiAsync"/>, for an instance that Redis may refuse: waits until it is live.
    /// </summary>
    public static async Task<Service> StartApiAliveAsync(string redis, params IEnumerable<(string, string)> options) =>
        await ReadyAsync(ProgramInside.Start(ApiProject, [.. ApiOptions(redis), .. options]), "/alive");

    /// <summary>Starts the page's host in this process, on a free port, in front of an API.</summary>
    public static async Task<Service> StartPageAsync(Uri api, params IEnumerable<(string, string)> options) =>
        await ReadyAsync(ProgramInside.Start(PageProject, [.. PageOptions(api), .. options]));

    /// <summary>Waits until it has printed this text.</summary>
    public Task SaysAsync(string text) => Eventually.TrueAsync(
        () => Task.FromResult(Output.Contains(text, StringComparison.Ordinal)),
        $"the service prints: {text}",
        also: () => Output);

    /// <summary>Ends it.</summary>
    public virtual ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        Client.Dispose();
        return ValueTask.CompletedTask;
    }

    /// <summary>The settings of an instance of the API.</summary>
    protected static IEnumerable<(string Name, string Value)> ApiOptions(string redis) =>
        [("ConnectionStrings__redis", redis)];

    /// <summary>The settings of a page's host.</summary>
    protected static IEnumerable<(string Name, string Value)> PageOptions(Uri api) =>
        [("ReverseProxy__Clusters__api__Destinations__api__Address", $"{api}")];

    /// <summary>Gives the service a port, where its client asks it.</summary>
    protected (string Name, string Value) Address()
    {
        Client.BaseAddress = new Uri($"http://127.0.0.1:{Ports.Free()}");
        return ("ASPNETCORE_URLS", Client.BaseAddress.GetLeftPart(UriPartial.Authority));
    }

    /// <summary>Waits until a service that was started answers; one that does not is ended.</summary>
    protected static async Task<T> ReadyAsync<T>(T service, string path = "/health") where T : Service
    {
        string? fault = null;
        try
        {
            await Eventually.TrueAsync(
                async () => (fault = await service.Client.FaultAsync(path)) is null,
                $"{path} answers",
                TimeSpan.FromSeconds(60),
                () => $"{fault}\n{service.Output}");
            return service;
        }
        catch
        {
            await service.DisposeAsync();
            throw;
        }
    }
}

using System.Net;
using CacheDemo.Tests.Support;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace CacheDemo.Tests.Page;

/// <summary>
/// Replaces the API and responds to any request with what it received, so that a test sees what the page's host
/// forwards. A request for the key <c>hang</c> gets no response.
/// </summary>
public sealed class EchoApi : IAsyncDisposable
{
    private readonly WebApplication _app;

    private EchoApi()
    {
        var builder = WebApplication.CreateEmptyBuilder(new());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0));
        _app = builder.Build();
        _app.Run(AnswerAsync);
    }

    /// <summary>Where it listens.</summary>
    public Uri Address => new(_app.Urls.Single());

    /// <summary>Starts to listen on a free port.</summary>
    public static async Task<EchoApi> StartAsync()
    {
        var api = new EchoApi();
        await api._app.StartAsync(TestContext.Current.CancellationToken);
        return api;
    }

    public async ValueTask DisposeAsync()
    {
        await _app.StopAsync(new CancellationToken(canceled: true));
        await _app.DisposeAsync();
    }

    private static async Task AnswerAsync(HttpContext context)
    {
        if (context.Request.Path == "/get/hang")
            await IsAbortedAsync(context);
        else if (context.Request.Path == "/events")
            await StreamAsync(context);
        else
            await EchoAsync(context);
    }

    private static Task EchoAsync(HttpContext context) => context.Response.WriteAsJsonAsync(new
    {
        method = context.Request.Method,
        target = context.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget,
        headers = context.Request.Headers.ToDictionary(header => header.Key, header => header.Value.ToString()),
    });

    private static async Task StreamAsync(HttpContext context)
    {
        context.Response.ContentType = "text/event-stream";
        await context.Response.WriteAsync("data: {}\n\n", context.RequestAborted);
        await context.Response.Body.FlushAsync(context.RequestAborted);
        await IsAbortedAsync(context);
    }

    private static async Task IsAbortedAsync(HttpContext context)
    {
        var aborted = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var registration = context.RequestAborted.Register(aborted.SetResult);
        await aborted.Task;
    }
}

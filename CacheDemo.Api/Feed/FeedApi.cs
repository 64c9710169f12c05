using System.ComponentModel;
using System.Diagnostics;
using System.Net.ServerSentEvents;
using System.Runtime.CompilerServices;
using System.Threading.Channels;
using CacheDemo.Api.Catalog;
using Microsoft.Extensions.Options;

namespace CacheDemo.Api.Feed;

/// <summary>What happens, as it happens.</summary>
internal static class FeedApi
{
    public static void AddFeed(this IHostApplicationBuilder builder)
    {
        builder.AddCheckedOptions<FeedOptions>("Feed");
        builder.Services.AddSingleton<CacheFeed>();
        builder.Services.AddHostedService(services => services.GetRequiredService<CacheFeed>());
    }

    public static void MapFeed(this IEndpointRouteBuilder routes) => routes
        .MapGet("/events", Events)
        .WithName("events")
        .WithTags("Events")
        .WithSummary("Follow what happens on all instances, as server-sent events.")
        .WithDescription("A stream without an end. Each event's data is a JSON object; a heartbeat comes every 15 seconds.")
        .Produces<string>(StatusCodes.Status200OK, "text/event-stream")
        .ProducesProblem(StatusCodes.Status400BadRequest)
        .ProducesProblem(StatusCodes.Status503ServiceUnavailable);

    private static IResult Events(
        HttpContext context, CacheFeed feed, KeyWatch keys, IOptions<FeedOptions> options, IHostApplicationLifetime lifetime,
        [Description("A glob: the stream also says, in events named keys, what changes among the keys that match.")] string? match,
        [Description("How many of them the viewer looks at, 1 to 1000; without it there are no events named keys.")] string? count)
    {
        var view = count is { Length: > 0 } ? new KeyView(keys, match, CatalogApi.ParseCount(count)) : null;
        if (feed.Watch(LastEventId(context.Request)) is not { } viewer)
            return TypedResults.Problem("There are as many viewers as allowed.", statusCode: StatusCodes.Status503ServiceUnavailable);

        // A stream has no end of its own: without this, stopping waits for every viewer to leave.
        var stop = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, lifetime.ApplicationStopping);
        context.Response.OnCompleted(() =>
        {
            feed.Leave(viewer);
            stop.Dispose();
            return Task.CompletedTask;
        });
        context.Response.Headers["X-Accel-Buffering"] = "no"; // nginx would keep events until its buffer is full
        return TypedResults.ServerSentEvents(StreamAsync(viewer, view, TimeSpan.FromSeconds(options.Value.HeartbeatSeconds), stop.Token));
    }

    // An EventSource sends the header when it connects again by itself; one that a page makes anew cannot.
    private static string? LastEventId(HttpRequest request) =>
        request.Headers["Last-Event-ID"] is [{ Length: > 0 } last] ? last : request.Query["lastEventId"];

    private static async IAsyncEnumerable<SseItem<string>> StreamAsync(
        Channel<SseItem<string>> viewer, KeyView? view, TimeSpan heartbeat, [EnumeratorCancellation] CancellationToken stop)
    {
        // At once, so that headers arrive and the client knows that it is connected.
        yield return Heartbeat;
        var sentAt = Stopwatch.GetTimestamp();
        Task<bool>? more = null;
        while (!stop.IsCancellationRequested)
        {
            while (viewer.Reader.TryRead(out var item))
            {
                yield return item;
                sentAt = Stopwatch.GetTimestamp();
            }

            if (view?.Due <= TimeSpan.Zero && await view.ReadAsync() is { } keys)
            {
                yield return new SseItem<string>(keys, "keys");
                sentAt = Stopwatch.GetTimestamp();
            }

            if (Stopwatch.GetElapsedTime(sentAt) is var silent && silent >= heartbeat)
            {
                yield return Heartbeat;
                (sentAt, silent) = (Stopwatch.GetTimestamp(), TimeSpan.Zero);
            }

            // One wait for the next event, kept until it comes.
            more ??= viewer.Reader.WaitToReadAsync(stop).AsTask();
            var wait = view is null || view.Due > heartbeat - silent ? heartbeat - silent : view.Due;
            try
            {
                await more.WaitAsync(wait > TimeSpan.Zero ? wait : TimeSpan.Zero, CancellationToken.None);
                more = null;
            }
            catch (TimeoutException)
            {
            }
            catch (OperationCanceledException)
            {
                yield break;
            }
        }
    }

    private static SseItem<string> Heartbeat => new("{}", "heartbeat");
}

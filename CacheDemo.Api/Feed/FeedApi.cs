using System.Net.ServerSentEvents;
using System.Runtime.CompilerServices;
using System.Threading.Channels;
using Microsoft.Extensions.Options;

namespace CacheDemo.Api.Feed;

/// <summary>What happens, as it happens.</summary>
internal static class FeedApi
{
    public static void AddFeed(this IHostApplicationBuilder builder)
    {
        builder.Services.AddOptions<FeedOptions>().BindConfiguration("Feed").ValidateDataAnnotations().ValidateOnStart();
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

    private static IResult Events(HttpContext context, CacheFeed feed, IOptions<FeedOptions> options, IHostApplicationLifetime lifetime)
    {
        if (feed.Watch(LastEventId(context.Request)) is not { } viewer)
            return TypedResults.Problem("As many watch as may.", statusCode: StatusCodes.Status503ServiceUnavailable);

        // A stream has no end of its own: without this, stopping waits for every viewer to leave.
        var stop = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, lifetime.ApplicationStopping);
        context.Response.OnCompleted(() =>
        {
            feed.Leave(viewer);
            stop.Dispose();
            return Task.CompletedTask;
        });
        return TypedResults.ServerSentEvents(StreamAsync(viewer, TimeSpan.FromSeconds(options.Value.HeartbeatSeconds), stop.Token));
    }

    // An EventSource sends the header when it connects again by itself; one that a page makes anew cannot.
    private static string? LastEventId(HttpRequest request) =>
        request.Headers["Last-Event-ID"] is [{ Length: > 0 } last] ? last : request.Query["lastEventId"];

    private static async IAsyncEnumerable<SseItem<string>> StreamAsync(
        Channel<FeedItem> viewer, TimeSpan heartbeat, [EnumeratorCancellation] CancellationToken stop)
    {
        // At once, so that headers arrive and the client knows that it is connected.
        yield return Heartbeat;
        while (!stop.IsCancellationRequested)
        {
            bool more;
            try
            {
                more = await viewer.Reader.WaitToReadAsync(stop).AsTask().WaitAsync(heartbeat, CancellationToken.None);
            }
            catch (TimeoutException)
            {
                more = false;
            }
            catch (OperationCanceledException)
            {
                yield break;
            }

            if (!more)
                yield return Heartbeat;
            while (viewer.Reader.TryRead(out var item))
                yield return new SseItem<string>(item.Json) { EventId = item.Id };
        }
    }

    private static SseItem<string> Heartbeat => new("{}", "heartbeat");
}

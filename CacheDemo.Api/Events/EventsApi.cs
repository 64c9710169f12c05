using System.ComponentModel;
using System.Diagnostics;
using System.Net.ServerSentEvents;
using System.Runtime.CompilerServices;
using System.Threading.Channels;
using CacheDemo.Api.Diagnostics;
using CacheDemo.Api.Http;
using CacheDemo.Api.Keys;
using Microsoft.Extensions.Options;

namespace CacheDemo.Api.Events;

/// <summary>The route of the event stream.</summary>
internal static class EventsApi
{
    /// <summary>Registers the broadcast of events.</summary>
    public static void AddEvents(this IHostApplicationBuilder builder)
    {
        builder.AddCheckedOptions<EventsOptions>("Feed");
        builder.Services.AddSingleton<EventBroadcaster>();
        builder.Services.AddSingleton<ICacheEventSubscriber>(services =>
            services.GetRequiredService<EventBroadcaster>());
        builder.Services.AddHostedService(services => services.GetRequiredService<EventBroadcaster>());
    }

    /// <summary>Maps <c>/events</c>.</summary>
    public static void MapEvents(this IEndpointRouteBuilder routes) =>
        routes
            .MapGet("/events", Events)
            .WithName("events")
            .WithTags("Events")
            .WithSummary("Follow what happens on all instances, as server-sent events.")
            .WithDescription(
                "A stream without an end. Each event's data is a JSON object. A heartbeat comes when nothing else was "
                + "sent for 15 seconds, unless set up otherwise.")
            .Produces<string>(StatusCodes.Status200OK, "text/event-stream")
            .ProducesProblem(StatusCodes.Status400BadRequest)
            .ProducesProblem(StatusCodes.Status503ServiceUnavailable);

    private static IResult Events(
        HttpContext context,
        EventBroadcaster broadcaster,
        KeyPageCache pages,
        IOptions<EventsOptions> options,
        IHostApplicationLifetime lifetime,
        [Description("A glob: the stream also says, in events named keys, what changes among the keys that match.")]
            string? match,
        [Description("How many of them the viewer looks at, 1 to 1000; without it there are no events named keys.")]
            string? count)
    {
        var view = count is { Length: > 0 } ? new KeyListView(pages, match, KeysApi.ParseCount(count)) : null;
        if (broadcaster.AddViewer(LastEventId(context.Request)) is not { } viewer)
            return TypedResults.Problem(ProblemHandler.Unavailable(
                context, "too_many_viewers", "There are as many viewers as allowed."));

        // The stream does not end by itself: without this, stopping would wait for every viewer.
        var stop = CancellationTokenSource.CreateLinkedTokenSource(
            context.RequestAborted,
            lifetime.ApplicationStopping);
        context.Response.OnCompleted(() =>
        {
            broadcaster.RemoveViewer(viewer);
            stop.Dispose();
            return Task.CompletedTask;
        });
        context.Response.Headers["X-Accel-Buffering"] = "no"; // nginx would buffer the events
        return TypedResults.ServerSentEvents(
            StreamAsync(viewer, view, TimeSpan.FromSeconds(options.Value.HeartbeatSeconds), stop.Token));
    }

    // An EventSource sends the header when it reconnects; a new one cannot.
    private static string? LastEventId(HttpRequest request) =>
        request.Headers["Last-Event-ID"] is [{ Length: > 0 } last] ? last : request.Query["lastEventId"];

    private static async IAsyncEnumerable<SseItem<string>> StreamAsync(
        Channel<SseItem<string>> viewer,
        KeyListView? view,
        TimeSpan heartbeat,
        [EnumeratorCancellation] CancellationToken stop)
    {
        // At once, so that the headers arrive and the client knows that it is connected.
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

            // One wait for the next event, kept until it arrives.
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

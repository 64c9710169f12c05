using System.Collections.Concurrent;
using System.Net;
using System.Net.ServerSentEvents;
using System.Text.Json;

namespace CacheDemo.Tests.Support;

/// <summary>An event of the stream.</summary>
/// <param name="Id">The event's id in the stream; null where it has none.</param>
/// <param name="Name">The event's name in the stream: <c>message</c> unless it has another.</param>
/// <param name="Data">Its JSON.</param>
internal sealed record EventMessage(string? Id, string Name, JsonElement Data)
{
    public string? Type => this["type"].GetString();

    public string? Key => this["key"].GetString();

    public string? Instance => this["instance"].GetString();

    /// <summary>A member of the JSON; a null where there is none.</summary>
    public JsonElement this[string name] =>
        Data.TryGetProperty(name, out var member) ? member : JsonElement.Parse("null");
}

/// <summary>Reads the event stream as a browser does, and keeps the events.</summary>
internal sealed class FeedViewer : IAsyncDisposable
{
    private readonly ConcurrentQueue<EventMessage> _events = new();
    private readonly CancellationTokenSource _leaving = new();
    private readonly HttpResponseMessage _response;
    private readonly Task _watching;

    private FeedViewer(HttpResponseMessage response)
    {
        _response = response;
        _watching = WatchAsync();
    }

    /// <summary>What it has received, in order, heartbeats included.</summary>
    public IReadOnlyList<EventMessage> Events => [.. _events];

    /// <summary>The media type of the stream.</summary>
    public string? MediaType => _response.Content.Headers.ContentType?.MediaType;

    /// <summary>Whether the other side ended the stream.</summary>
    public bool HasEnded => _watching.IsCompleted;

    /// <summary>Connects, with the id of the last event if it was connected before.</summary>
    public static async Task<FeedViewer> OpenAsync(
        HttpClient client, string path = "/api/events", string? lastEventId = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        request.Headers.Accept.ParseAdd("text/event-stream");
        if (lastEventId is not null)
            request.Headers.Add("Last-Event-ID", lastEventId);

        var response = await client.SendAsync(
            request, HttpCompletionOption.ResponseHeadersRead, TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        return new FeedViewer(response);
    }

    /// <summary>Waits until it has received at least that many such events, and returns them in order.</summary>
    public async Task<IReadOnlyList<EventMessage>> SeesAsync(Func<EventMessage, bool> such, string what, int count = 1)
    {
        EventMessage[] seen = [];
        await Eventually.TrueAsync(
            () => Task.FromResult((seen = [.. _events.Where(such)]).Length >= count),
            $"{count} x {what}",
            also: () => $"Seen: {string.Join("\n", _events.Select(e => $"{e.Name} {e.Id} {e.Data}"))}");
        return seen;
    }

    /// <summary>Waits for an event of that type of that key.</summary>
    public async Task<EventMessage> SeesAsync(string type, string key) =>
        (await SeesAsync(e => e.Type == type && e.Key == key, $"{type} of {key}"))[0];

    public async ValueTask DisposeAsync()
    {
        await _leaving.CancelAsync();
        await _watching;
        _response.Dispose();
        _leaving.Dispose();
    }

    private async Task WatchAsync()
    {
        try
        {
            await using var stream = await _response.Content.ReadAsStreamAsync(_leaving.Token);
            await foreach (var item in SseParser.Create(stream).EnumerateAsync(_leaving.Token))
                _events.Enqueue(new EventMessage(item.EventId, item.EventType, JsonElement.Parse(item.Data)));
        }
        catch (OperationCanceledException) when (_leaving.IsCancellationRequested)
        {
            // It has seen enough.
        }
    }
}

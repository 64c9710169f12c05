using System.Collections.Concurrent;
using System.Net;
using Google.Protobuf;

namespace CacheDemo.Bench.Expiries;

/// <summary>Takes OTLP over HTTP and keeps, of each span <c>cache.expired</c>, the key and the lag.</summary>
internal sealed class ExpirationReceiver : IAsyncDisposable
{
    // Field numbers of ExportTraceServiceRequest, ResourceSpans, ScopeSpans, Span, KeyValue and AnyValue.
    private const int ResourceSpans = 1, ScopeSpans = 2, Spans = 2, Name = 5, Attributes = 9, Key = 1, Value = 2,
        Text = 1, Number = 4;

    private readonly WebApplication _app;
    private readonly ConcurrentQueue<(string Key, double Lag)> _expired = new();

    private ExpirationReceiver()
    {
        var builder = WebApplication.CreateBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0));
        _app = builder.Build();
        _app.MapPost("/v1/traces", async (HttpRequest request) =>
        {
            using var body = new MemoryStream();
            await request.Body.CopyToAsync(body);
            foreach (var span in Messages([body.ToArray()], ResourceSpans, ScopeSpans, Spans))
                Keep(span);
        });
        _app.MapPost("/{**other}", async (HttpRequest request) => await request.Body.CopyToAsync(Stream.Null));
    }

    /// <summary>The base address.</summary>
    public string Endpoint => _app.Urls.Single();

    /// <summary>What has expired so far: the key, and the lag in seconds.</summary>
    public IReadOnlyCollection<(string Key, double Lag)> Expired => _expired;

    /// <summary>Starts to listen on a free port.</summary>
    public static async Task<ExpirationReceiver> StartAsync()
    {
        var receiver = new ExpirationReceiver();
        await receiver._app.StartAsync();
        return receiver;
    }

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    private void Keep(byte[] span)
    {
        if (Texts([span], Name) is not ["cache.expired"])
            return;
        var (key, lag) = ("", 0.0);
        foreach (var attribute in Messages([span], Attributes))
        {
            var value = Messages([attribute], Value).Single();
            if (Texts([attribute], Key) is ["cache.key"])
                key = Texts([value], Text)[0];
            else if (Texts([attribute], Key) is ["cachedemo.cache.expiry_lag"])
                lag = BitConverter.UInt64BitsToDouble(Fields(value).Single(field => field.Number == Number).Fixed);
        }

        _expired.Enqueue((key, lag));
    }

    // The messages at the end of a path of fields.
    private static IEnumerable<byte[]> Messages(IEnumerable<byte[]> from, params IEnumerable<int> path) =>
        path.Aggregate(from, (messages, number) => messages.SelectMany(message =>
            Fields(message).Where(field => field.Number == number).Select(field => field.Bytes)));

    private static string[] Texts(IEnumerable<byte[]> from, int number) =>
        [.. Messages(from, number).Select(System.Text.Encoding.UTF8.GetString)];

    private static IEnumerable<(int Number, byte[] Bytes, ulong Fixed)> Fields(byte[] message)
    {
        var input = new CodedInputStream(message);
        while (input.ReadTag() is var tag and not 0)
        {
            var number = WireFormat.GetTagFieldNumber(tag);
            switch (WireFormat.GetTagWireType(tag))
            {
                case WireFormat.WireType.LengthDelimited:
                    yield return (number, input.ReadBytes().ToByteArray(), 0);
                    break;
                case WireFormat.WireType.Fixed64:
                    yield return (number, [], input.ReadFixed64());
                    break;
                default:
                    input.SkipLastField();
                    break;
            }
        }
    }
}

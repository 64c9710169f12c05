using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text;
using CacheDemo.Tests.Support;

namespace CacheDemo.Tests.Page;

/// <summary>No request hangs, whether because of the API or of the client.</summary>
public class TimeLimitTests : IAsyncLifetime
{
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(20);

    private EchoApi _api = null!;
    private Service _page = null!;

    public async ValueTask InitializeAsync()
    {
        _api = await EchoApi.StartAsync();
        _page = await Service.StartPageAsync(
            _api.Address,
            ("Kestrel__Limits__RequestHeadersTimeout", "00:00:01"),
            ("ReverseProxy__Routes__get__Timeout", "00:00:01"));
    }

    public async ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        await _page.DisposeAsync();
        await _api.DisposeAsync();
    }

    [Fact]
    public async Task An_API_that_hangs_is_a_504_with_problem_details()
    {
        var started = Stopwatch.StartNew();
        var answer = await _page.Client.GetAnswerAsync("/api/get/hang");

        Assert.Equal((HttpStatusCode.GatewayTimeout, "application/problem+json"), (answer.Status, answer.MediaType));
        Assert.InRange(started.Elapsed, TimeSpan.FromSeconds(0.9), TimeSpan.FromSeconds(5));
    }

    [Fact]
    public async Task An_unavailable_API_is_a_502_with_problem_details()
    {
        await using var page = await Service.StartPageAsync(new($"http://127.0.0.1:{Ports.Free()}"));
        var answer = await page.Client.GetAnswerAsync("/api/stats");
        Assert.Equal((HttpStatusCode.BadGateway, "application/problem+json"), (answer.Status, answer.MediaType));
    }

    [Theory]
    [InlineData("GET /api/get/a HTTP/1.1\r\nHost: x\r\nX-Half: ")]
    [InlineData(
        "POST /api/set HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{\"key\"")]
    [InlineData(
        "POST /api/set HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n"
            + "\r\n64\r\n{\"key\""
    )]
    public async Task A_client_that_sends_half_a_request_is_disconnected(string half)
    {
        using var client = new TcpClient();
        await client.ConnectAsync(
            IPAddress.Loopback,
            _page.Client.BaseAddress!.Port,
            TestContext.Current.CancellationToken);
        var stream = client.GetStream();
        await stream.WriteAsync(Encoding.ASCII.GetBytes(half), TestContext.Current.CancellationToken);

        using var reader = new StreamReader(stream);
        var answer = await reader
            .ReadToEndAsync(TestContext.Current.CancellationToken)
            .WaitAsync(Timeout, TestContext.Current.CancellationToken);
        Assert.StartsWith("HTTP/1.1 408", answer);
    }

    [Fact]
    public async Task The_event_stream_has_no_request_timeout()
    {
        await using var page = await Service.StartPageAsync(
            _api.Address, [.. Routes.Select(route => ($"ReverseProxy__Routes__{route}__Timeout", "00:00:00.5"))]);
        await using var viewer = await FeedViewer.OpenAsync(page.Client);
        await viewer.SeesAsync(_ => true, "the first event");

        // Longer than any other request may take.
        Assert.Equal(HttpStatusCode.GatewayTimeout, (await page.Client.GetAnswerAsync("/api/get/hang")).Status);
        Assert.Equal(HttpStatusCode.GatewayTimeout, (await page.Client.GetAnswerAsync("/api/get/hang")).Status);
        Assert.False(viewer.HasEnded);
    }

    private static readonly string[] Routes = ["set", "get", "ttl", "expire", "delete", "keys", "stats", "health"];
}

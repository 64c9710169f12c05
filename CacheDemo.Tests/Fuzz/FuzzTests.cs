using System.Net;
using CacheDemo.Tests.Support;
using CsCheck;

namespace CacheDemo.Tests.Fuzz;

/// <summary>
/// The services as an attacker finds them: the API on its own, the page's host, and a page's host that requires
/// sign-in.
/// </summary>
public sealed class ExposedServices : IAsyncLifetime
{
    private readonly GarnetEngine _engine = new();

    public Service Api { get; private set; } = null!;

    public Service Page { get; private set; } = null!;

    public Service LockedPage { get; private set; } = null!;

    public async ValueTask InitializeAsync()
    {
        await _engine.StartAsync();
        Api = await Service.StartApiAsync(_engine.ConnectionString);
        Page = await Service.StartPageAsync(Api.Client.BaseAddress!, ("RateLimit__Enabled", "false"));
        // Nothing listens at the address of the authority.
        LockedPage = await Service.StartPageAsync(
            Api.Client.BaseAddress!,
            ("RateLimit__Enabled", "false"),
            ("SignIn__ApiKey", "a-key-that-nobody-guesses"),
            ("SignIn__Authority", "http://127.0.0.1:1"),
            ("SignIn__ClientId", "page"));
    }

    public async ValueTask DisposeAsync()
    {
        await LockedPage.DisposeAsync();
        await Page.DisposeAsync();
        await Api.DisposeAsync();
        await _engine.DisposeAsync();
    }
}

/// <summary>
/// Ten thousand arbitrary requests: none is a 500, none hangs, and the services serve afterwards. A failure names the
/// request and its seed; <c>CsCheck_Seed=…</c> in the environment starts with that seed, <c>CsCheck_Time=60</c> runs
/// each for a minute.
/// </summary>
public class FuzzTests(ExposedServices services) : IClassFixture<ExposedServices>
{
    private const int Raw = 6_000, Proper = 4_000, AtATime = 16, Tries = 10;

    /// <summary>After this time without a response a request hangs.</summary>
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(5);

    [Fact]
    public async Task Whatever_bytes_come_in_no_service_fails_or_hangs()
    {
        await RawRequest.Any.SampleAsync(
            async request =>
            {
                var status = await AskAsync(() =>
                    RawClient.SendAsync(Service(request.To).Client.BaseAddress!.Port, request, Timeout));
                Assert.False(status is null && request.Whole, "A whole request was not answered.");
                AssertNoFailure(status);
                return $"{request.To} {status}";
            },
            Say, iter: Raw, threads: AtATime, print: request => $"{request.To} {Latin1.Readable(request.Text)}");

        await AssertAllServeAsync();
    }

    [Fact]
    public async Task Whatever_a_client_requests_no_service_fails_or_hangs()
    {
        using var client = new HttpClient(
            new SocketsHttpHandler
            {
                AllowAutoRedirect = false,
                UseCookies = false,
                AutomaticDecompression = DecompressionMethods.None,
            })
        {
            Timeout = Timeout,
        };
        await ClientRequest.Any.SampleAsync(
            async request =>
            {
                var status = await AskAsync(() => StatusAsync(client, request));
                AssertNoFailure(status);
                return $"{request.To} {status}";
            },
            Say, iter: Proper, threads: AtATime, print: request => request.ToString());

        await AssertAllServeAsync();
    }

    /// <summary>How often each service sent each status: a fuzzer that gets a single one tests little.</summary>
    private static void Say(string summary) => TestContext.Current.TestOutputHelper?.WriteLine(summary);

    private Service Service(Target target) => target switch
    {
        Target.Api => services.Api,
        Target.Page => services.Page,
        _ => services.LockedPage,
    };

    private async Task<int?> StatusAsync(HttpClient client, ClientRequest request)
    {
        try
        {
            using var message = request.ToMessage(Service(request.To).Client.BaseAddress!);
            using var response = await client.SendAsync(
                message,
                request.IsStream ? HttpCompletionOption.ResponseHeadersRead : HttpCompletionOption.ResponseContentRead);
            return (int)response.StatusCode;
        }
        catch (HttpRequestException)
        {
            return null; // disconnected while sending, or a request that the client itself refuses to send
        }
    }

    // A 503 means that Redis was too slow for a moment, as on a machine under load; it has to be transient.
    private static async Task<int?> AskAsync(Func<Task<int?>> ask)
    {
        try
        {
            int? status;
            var tries = 0;
            do
                status = await ask();
            while (status is 503 && ++tries < Tries);
            return status;
        }
        catch (OperationCanceledException)
        {
            Assert.Fail($"Nothing came back in {Timeout.TotalSeconds} s.");
            return null;
        }
    }

    // Also not 502 to 504, the page's host passing on that the API fails: Redis and the API are there. 501 and 505 say
    // what the client did.
    private static void AssertNoFailure(int? status) =>
        Assert.False(status is 500 or 502 or 503 or 504, $"The answer is {status}.");

    private async Task AssertAllServeAsync()
    {
        foreach (var (service, root) in new[] { (services.Api, ""), (services.Page, "/api") })
        {
            var key = CacheClient.NewKey();
            Assert.Equal(
                HttpStatusCode.OK,
                (await service.Client.PostAsync($"{root}/set", new { key, value = "x" })).Status);
            Assert.Equal("x", (await service.Client.GetAnswerAsync($"{root}/get/{key}"))["value"].GetString());
        }

        Assert.Equal(HttpStatusCode.OK, (await services.LockedPage.Client.GetAnswerAsync("/")).Status);
        Assert.Equal(
            HttpStatusCode.Unauthorized,
            (await services.LockedPage.Client.GetAnswerAsync("/api/stats")).Status);
    }
}

using System.Net;
using System.Net.Http.Json;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;

namespace CacheDemo.Tests.Support;

/// <summary>Requests to the cache API, and its responses.</summary>
internal static class Http
{
    private static readonly UriCreationOptions AsItIs = new() { DangerousDisablePathAndQueryCanonicalization = true };

    /// <summary>The status and the JSON of an answer; the JSON is undefined where there was no body.</summary>
    public readonly record struct Answer(
        HttpStatusCode Status,
        string Body,
        string? MediaType,
        HttpResponseMessage Response)
    {
        /// <summary>A member of the JSON body.</summary>
        public JsonElement this[string name] => JsonDocument.Parse(Body).RootElement.GetProperty(name);
    }

    /// <summary>
    /// Another client of the same service, whose requests say that their trace is not recorded: for thousands of them
    /// that nobody reads the spans of.
    /// </summary>
    public static HttpClient WithoutTraces(this HttpClient client) =>
        new(new SocketsHttpHandler { ActivityHeadersPropagator = null })
        {
            BaseAddress = client.BaseAddress,
            DefaultRequestHeaders = { { "traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00" } },
        };

    /// <summary>Sends a request whose path is not normalized: dot segments and escapes stay.</summary>
    public static async Task<Answer> SendRawAsync(
        this HttpClient client, HttpMethod method, string path, HttpContent? content = null)
    {
        using var request = new HttpRequestMessage(
            method,
            new Uri($"{client.BaseAddress!.GetLeftPart(UriPartial.Authority)}{path}", AsItIs))
        {
            Content = content,
        };
        var response = await client.SendAsync(request, TestContext.Current.CancellationToken);
        var body = await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        return new Answer(response.StatusCode, body, response.Content.Headers.ContentType?.MediaType, response);
    }

    public static Task<Answer> PostAsync(this HttpClient client, string path, object body) =>
        client.SendRawAsync(HttpMethod.Post, path, JsonContent.Create(body));

    public static Task<Answer> PostTextAsync(
        this HttpClient client,
        string path,
        string body,
        string mediaType = "application/json"
    ) => client.SendRawAsync(HttpMethod.Post, path, new StringContent(body, Encoding.UTF8, mediaType));

    public static Task<Answer> GetAnswerAsync(this HttpClient client, string path) =>
        client.SendRawAsync(HttpMethod.Get, path);

    /// <summary>Whether a GET of this path is a 200; false also if nothing listens.</summary>
    public static async Task<bool> AnswersAsync(this HttpClient client, string path) =>
        await client.FaultAsync(path) is null;

    /// <summary>What a GET of this path is instead of a 200; null if it is one.</summary>
    public static async Task<string?> FaultAsync(this HttpClient client, string path)
    {
        try
        {
            var status = (await client.GetAnswerAsync(path)).Status;
            return status == HttpStatusCode.OK ? null : $"The answer is {status}.";
        }
        // A service that starts accepts and closes connections while it checks its port.
        catch (Exception e) when (e is HttpRequestException or SocketException)
        {
            return e.Message;
        }
    }
}

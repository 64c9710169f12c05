using CsCheck;

namespace CacheDemo.Tests.Fuzz;

/// <summary>A well-formed request of an HTTP client, whatever its content.</summary>
/// <param name="To">Where it goes.</param>
/// <param name="Method">Its method.</param>
/// <param name="Path">Path and query.</param>
/// <param name="Headers">Some of its headers.</param>
/// <param name="Content">Its body and its Content-Type; null if it has none.</param>
internal sealed record ClientRequest(
    Target To,
    string Method,
    string Path,
    (string Name, string Value)[] Headers,
    (string Body, string MediaType)? Content)
{
    private static readonly UriCreationOptions AsItIs = new() { DangerousDisablePathAndQueryCanonicalization = true };

    public static Gen<ClientRequest> Any { get; } =
        Gen.Select(
            Gen.Frequency((4, Target.Api), (4, Target.Page), (1, Target.LockedPage)),
            Arbitrary.Question,
            Arbitrary.Headers,
            (to, question, headers) =>
                new ClientRequest(
                    to,
                    question.Method,
                    RawRequest.Root(to, question.Path) + Printable(question.Path),
                    headers,
                    question.Content));

    /// <summary>Whether it requests the event stream, which does not end.</summary>
    public bool IsStream => Path.Contains("/events", StringComparison.OrdinalIgnoreCase);

    public HttpRequestMessage ToMessage(Uri service)
    {
        var message = new HttpRequestMessage(
            new HttpMethod(Method),
            new Uri(service.GetLeftPart(UriPartial.Authority) + Path, AsItIs));
        if (Content is { } content)
        {
            message.Content = new ByteArrayContent(Latin1.Bytes(content.Body));
            message.Content.Headers.TryAddWithoutValidation("Content-Type", content.MediaType);
        }

        foreach (var (name, value) in Headers)
            message.Headers.TryAddWithoutValidation(name, value);
        return message;
    }

    public override string ToString() =>
        $"{To} {Method} {Latin1.Readable(Path)} "
        + $"[{string.Join("; ", Headers.Select(header => $"{header.Name}: {Latin1.Readable(header.Value)}"))}] "
        + $"{Content?.MediaType} {(Content is { } content ? Latin1.Readable(content.Body) : "")}";

    // Characters that an HTTP client cannot send are left to raw requests.
    private static string Printable(string path) => string.Concat(path.Where(c => c is > ' ' and <= '~'));
}

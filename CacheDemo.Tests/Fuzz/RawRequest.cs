using CsCheck;

namespace CacheDemo.Tests.Fuzz;

/// <summary>Where a request goes.</summary>
internal enum Target
{
    /// <summary>The API itself.</summary>
    Api,

    /// <summary>The page's host.</summary>
    Page,

    /// <summary>A page's host that requires sign-in.</summary>
    LockedPage,
}

/// <summary>Bytes sent to an HTTP port.</summary>
/// <param name="To">Which one.</param>
/// <param name="Text">The bytes, a character each.</param>
/// <param name="Whole">Whether it is certainly a complete request, which must be answered.</param>
internal sealed record RawRequest(Target To, string Text, bool Whole)
{
    public static Gen<RawRequest> Any { get; } =
        Gen.Frequency(
            (12, Gen.Select(Targets, Arbitrary.Question, Line, Arbitrary.Headers, Framing, Make)),
            (1, Gen.Select(Targets, Arbitrary.Junk, (to, junk) => new RawRequest(to, junk, Whole: false))),
            (
                1,
                Gen.Select(
                    Targets,
                    Arbitrary.Question,
                    Arbitrary.Junk,
                    (to, question, junk) =>
                        new RawRequest(
                            to,
                            $"{question.Method} {Root(to, question.Path)}{question.Path} HTTP/1.1\r\n{junk}\r\n\r\n",
                            Whole: false))));

    private static Gen<Target> Targets => Gen.Frequency((4, Target.Api), (4, Target.Page), (1, Target.LockedPage));

    /// <summary>What comes before and after the path.</summary>
    private static Gen<(string Before, string After)> Line =>
        Gen.Select(
            Gen.Frequency((60, ""), (1, "http://x"), (1, "HTTP://user@x:0"), (1, "*"), (1, "x:80"), (1, " ")),
            Gen.Frequency(
                (60, " HTTP/1.1"),
                (6, " HTTP/1.0"),
                (1, " HTTP/2.0"),
                (1, " HTTP/0.9"),
                (1, " HTTP/1.2"),
                (1, " http/1.1"),
                (1, " HTTP/"),
                (1, "")));

    /// <summary>Whether it is valid, and how a body becomes headers and bytes.</summary>
    private static Gen<(
        bool Right,
        Func<(string Body, string MediaType), (string Headers, string Bytes)> Frame
    )> Framing =>
        Gen.Frequency(
            (8, Gen.Const(Right(content => ($"Content-Length: {content.Body.Length}\r\n", content.Body)))),
            (
                3,
                Gen.Int[1, 5000]
                    .Select(size =>
                        Right(content =>
                            ("Transfer-Encoding: chunked\r\n", Chunked(content.Body, size) + "0\r\n\r\n")))),
            (
                2,
                Gen.OneOf(
                        "-1",
                        "0",
                        "1",
                        "x",
                        "1e3",
                        "+5",
                        "0x5",
                        "99999999",
                        "9223372036854775808",
                        "5, 5",
                        "",
                        "5\r\nContent-Length: 6")
                    .Select(length => Wrong(content => ($"Content-Length: {length}\r\n", content.Body)))),
            (
                2,
                Gen.Select(
                    Gen.OneOf(
                        "gzip",
                        "identity",
                        "chunked, gzip",
                        "chunked, chunked",
                        "xchunked",
                        "",
                        "chunked\r\nContent-Length: 3",
                        "CHUNKED"),
                    Gen.OneOf(
                        "0\r\n\r\n",
                        "",
                        "-1\r\n",
                        "ffffffffffffffff\r\n",
                        "5;ext=\"\r\nab",
                        "0\r\nTrailer: x\r\n\r\n",
                        "g\r\n"),
                    (encoding, end) =>
                        Wrong(content => ($"Transfer-Encoding: {encoding}\r\n", Chunked(content.Body, 100) + end)))),
            (
                1,
                Gen.Const(
                    Wrong(content =>
                        ($"Expect: 100-continue\r\nContent-Length: {content.Body.Length}\r\n", content.Body)))),
            (
                1,
                Gen.OneOf("websocket", "h2c", "TLS/1.0", "")
                    .Select(to =>
                        Wrong(_ =>
                            (
                                $"Connection: Upgrade\r\nUpgrade: {to}\r\nSec-WebSocket-Key: x\r\n"
                                    + "Sec-WebSocket-Version: 13\r\n",
                                "")))),
            (
                1,
                Gen.OneOf(
                        "Host: y",
                        "Host: ",
                        ": no name",
                        " folded",
                        "No-Colon",
                        "Space : x",
                        "X: \0",
                        $"X: {new string('x', 40_000)}",
                        string.Join("\r\n", Enumerable.Repeat("X: y", 200)),
                        "Connection: close, keep-alive")
                    .Select(header => Wrong(_ => ($"{header}\r\n", "")))));

    private static (bool, Func<(string Body, string MediaType), (string, string)>) Right(
        Func<(string Body, string MediaType), (string, string)> frame
    ) => (true, frame);

    private static (bool, Func<(string Body, string MediaType), (string, string)>) Wrong(
        Func<(string Body, string MediaType), (string, string)> frame
    ) => (false, frame);

    private static RawRequest Make(
        Target to, Question question, (string Before, string After) line, (string Name, string Value)[] headers,
        (bool Right, Func<(string Body, string MediaType), (string Headers, string Bytes)> Frame) framing)
    {
        var first = $"{question.Method} {line.Before}{Root(to, question.Path)}{question.Path}{line.After}";
        var more = string.Concat(headers.Select(header => $"{header.Name}: {header.Value}\r\n"));
        var (framed, bytes) = question.Content is { } content ? framing.Frame(content) : ("", "");
        if (question.Content is { MediaType: var mediaType })
            framed += $"Content-Type: {mediaType}\r\n";
        return new RawRequest(
            to,
            $"{first}\r\nHost: x\r\n{more}{framed}\r\n{bytes}",
            (framing.Right || question.Content is null) && first.IndexOfAny(['\r', '\n']) < 0);
    }

    /// <summary>
    /// Where a path begins: the API has the routes at its root, the page's host below <c>/api</c>, but for its own.
    /// </summary>
    public static string Root(Target to, string path) =>
        to == Target.Api
        || path.StartsWith("/sign", StringComparison.Ordinal)
        || path.StartsWith("/settings", StringComparison.Ordinal)
            ? ""
            : "/api";

    private static string Chunked(string body, int size) =>
        string.Concat(body.Chunk(size).Select(chunk => $"{chunk.Length:x}\r\n{new string(chunk)}\r\n"));
}

using System.Globalization;
using CsCheck;

namespace CacheDemo.Tests.Fuzz;

/// <summary>Method, target and content of a request, however it is sent.</summary>
/// <param name="Method">Its method.</param>
/// <param name="Path">Path and query, from the root of the routes.</param>
/// <param name="Content">Its body and its Content-Type; null if it has none.</param>
internal sealed record Question(string Method, string Path, (string Body, string MediaType)? Content);

/// <summary>Parts of requests, some of them valid, that clients may send.</summary>
internal static class Arbitrary
{
    private const int Deep = 20_000, Long = 20_000, Large = 300_000;

    /// <summary>Any bytes.</summary>
    public static Gen<string> Junk { get; } = Gen.Char['\0', '\u00ff'].Array[0, 40].Select(Text);

    /// <summary>
    /// A request that a client may send: mostly to an existing route, with a key, a query or a body that it may
    /// refuse.
    /// </summary>
    public static Gen<Question> Question { get; } =
        Gen.Frequency(
            (
                4,
                Gen.Select(
                    Gen.OneOf("/set", "/set", "/expire", "/sign-in"),
                    Content,
                    (path, content) => new Question("POST", path, content))),
            (
                4,
                Gen.Select(Gen.OneOf("/get", "/ttl"), KeyInUrl, (path, key) => new Question("GET", path + key, null))),
            (2, KeyInUrl.Select(key => new Question("DELETE", $"/delete{key}", null))),
            (2, Query.Select(query => new Question("GET", $"/keys{query}", null))),
            (
                1,
                Gen.OneOf(
                        ("GET", "/stats"),
                        ("POST", "/stats/reset"),
                        ("GET", "/events"),
                        ("GET", "/health"),
                        ("POST", "/sign-out"),
                        ("GET", "/sign-in"),
                        ("GET", "/signin-oidc?code=a&state=b"))
                    .Select(route => new Question(route.Item1, route.Item2, null))),
            (
                4,
                Gen.Select(
                    Method,
                    Path,
                    Query,
                    Content,
                    Gen.Bool,
                    (method, path, query, content, has) => new Question(method, path + query, has ? content : null))));

    /// <summary>The target of a request, also one that the service does not have.</summary>
    private static Gen<string> Path =>
        Gen.Frequency(
            (
                4,
                Gen.OneOf(
                    "/set",
                    "/expire",
                    "/keys",
                    "/stats",
                    "/stats/reset",
                    "/health",
                    "/alive",
                    "/events",
                    "/get",
                    "/ttl",
                    "/delete")),
            (
                1,
                Gen.OneOf(
                    "/",
                    "/openapi/v1.json",
                    "/scalar",
                    "/scalar/",
                    "/settings.json",
                    "/sign-in",
                    "/sign-out",
                    "/signin-oidc",
                    "/index.html",
                    "/js/../js/main.js",
                    "/keys/flush",
                    "/error",
                    "//",
                    "/.",
                    "/..")),
            (
                6,
                Gen.Select(
                    Gen.OneOf("/get/", "/ttl/", "/delete/", "/", "/set/", "/events/"),
                    OddKey,
                    (route, key) => route + key)));

    /// <summary>Methods, few of which a route supports.</summary>
    private static Gen<string> Method =>
        Gen.Frequency(
            (8, Gen.OneOf("GET", "POST", "DELETE")),
            (
                1,
                Gen.OneOf(
                    "HEAD",
                    "PUT",
                    "PATCH",
                    "OPTIONS",
                    "TRACE",
                    "CONNECT",
                    "get",
                    "PROPFIND",
                    "QUERY",
                    "M-SEARCH",
                    "X!#$%&'*+-.^_`|~")));

    /// <summary>A query, or none.</summary>
    private static Gen<string> Query =>
        Gen.Frequency(
            (3, Gen.Const("")),
            (
                2,
                Gen.Select(
                    Gen.OneOf(
                        "key",
                        "match",
                        "cursor",
                        "count",
                        "code",
                        "state",
                        "error",
                        "sign-in",
                        "KEY",
                        "k%65y",
                        ""),
                    OddKey,
                    (name, value) => $"?{name}={value}")),
            (
                1,
                Gen.Select(
                    OddNumber,
                    OddKey,
                    OddNumber,
                    (count, match, cursor) => $"?count={count}&match={match}&cursor=0-{cursor}")),
            (1, OddKey.Select(key => $"?{key}")));

    /// <summary>The body of a request, and its Content-Type.</summary>
    public static Gen<(string Body, string MediaType)> Content => Gen.Select(Body, MediaType);

    /// <summary>Headers that some part of the service interprets, with values that they should not have.</summary>
    public static Gen<(string Name, string Value)[]> Headers { get; } =
        Gen.Select(
            Gen.OneOf(
                "Accept",
                "Accept-Encoding",
                "Accept-Charset",
                "If-None-Match",
                "If-Modified-Since",
                "Range",
                "Last-Event-ID",
                "traceparent",
                "tracestate",
                "baggage",
                "Cookie",
                "Authorization",
                "X-Api-Key",
                "Origin",
                "Sec-Fetch-Site",
                "Referer",
                "X-Forwarded-For",
                "X-Forwarded-Proto",
                "X-Forwarded-Host",
                "Content-Encoding",
                "Content-Language",
                "Date",
                "Via",
                "Keep-Alive",
                "TE",
                "Trailer",
                "Access-Control-Request-Method",
                "X-HTTP-Method-Override",
                "Forwarded"),
            Gen.Frequency(
                (
                    3,
                    Gen.OneOf(
                        "",
                        "*/*",
                        "text/html",
                        "application/problem+json;q=0",
                        "q=;;;=",
                        "gzip, br;q=9",
                        "*",
                        "bytes=0-",
                        "bytes=99-1",
                        "0",
                        "-1",
                        "18446744073709551616",
                        "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
                        "00-0-0-0",
                        "Bearer ",
                        "Bearer x",
                        "Basic Og==",
                        "cachedemo=CfDJ8",
                        "null",
                        "https://[",
                        "cross-site",
                        "1.2.3.4, ::1, junk",
                        "\"\"",
                        "W/\"x\"",
                        "POST",
                        "proto=https;host=\"",
                        "trailers",
                        "identity")),
                (1, Gen.Char[' ', '~'].Array[0, 60].Select(Text)),
                (1, Gen.Char['\u0080', '\ud7ff'].Array[1, 5].Select(characters => Latin1.OfUtf8(Text(characters)))))
        ).Array[0, 2];

    /// <summary>An invalid number.</summary>
    private static Gen<string> OddNumber =>
        Gen.Frequency(
            (
                2,
                Gen.OneOf(
                    "0",
                    "-0",
                    "-1",
                    "1",
                    "60",
                    "1.0",
                    "60.0",
                    "1e3",
                    "6E1",
                    "1e999",
                    "1e-999",
                    "0x10",
                    "01",
                    "+1",
                    ".5",
                    "5.",
                    "NaN",
                    "Infinity",
                    "2147483647",
                    "2147483648",
                    "-2147483649",
                    "9223372036854775808",
                    "18446744073709551615",
                    "18446744073709551616",
                    "\"60\"",
                    "true",
                    "null",
                    "[60]",
                    "{}",
                    "")),
            (1, Gen.Long.Select(number => number.ToString(CultureInfo.InvariantCulture))),
            (1, Gen.Int[10, 3000].Select(length => new string('9', length))));

    private static Gen<string> KeyInUrl =>
        Gen.Select(Gen.Frequency((3, "/"), (1, "?key=")), OddKey, (before, key) => before + key);

    private static Gen<string> OddKey =>
        Gen.Frequency(
            (
                3,
                Gen.OneOf(
                    "a",
                    "test",
                    "a/b",
                    "a%2Fb",
                    "%252F",
                    ".",
                    "..",
                    "../..",
                    "%2e%2e",
                    "..%2f..",
                    "%",
                    "%z",
                    "%zz",
                    "%0",
                    "%00",
                    "%0a",
                    "%0d%0aX: y",
                    "%ff",
                    "%c0%af",
                    "%ed%a0%80",
                    "%f0%9f%94%91",
                    "#",
                    "a#b",
                    "?",
                    "a?b?c",
                    ";",
                    "a;b=c",
                    "&",
                    "=",
                    "+",
                    "%20",
                    "*",
                    "[",
                    "[^",
                    "\\",
                    "%5c",
                    "{0}",
                    "{key}",
                    "{**key}",
                    "$",
                    "//",
                    "///a",
                    ":",
                    "a:b",
                    "@",
                    "~",
                    "!",
                    "|",
                    "\"",
                    "<",
                    "'")),
            (1, Junk),
            (1, Gen.Char['!', '~'].Array[0, 40].Select(Text)),
            (1, Gen.Char['\u0080', '\uffff'].Array[1, 10].Select(characters => Latin1.OfUtf8(Text(characters)))),
            (1, Gen.Char['\0', '\uffff'].Array[1, 10].Select(characters => Uri.EscapeDataString(Text(characters)))),
            (1, Gen.Byte.Array[1, 30].Select(bytes => string.Concat(bytes.Select(b => $"%{b:X2}")))),
            (
                1,
                Gen.Select(
                    Gen.OneOf("k", "%00", "%f0%9f%94%91", "/", "../", "*", "["),
                    Gen.Int[1, Long],
                    (unit, length) => string.Concat(Enumerable.Repeat(unit, length / unit.Length)))));

    private static Gen<string> MediaType =>
        Gen.Frequency(
            (8, Gen.Const("application/json")),
            (
                2,
                Gen.OneOf(
                    "application/json; charset=utf-8",
                    "application/json;charset=utf-16",
                    "application/json; charset=utf-7",
                    "application/json; charset=nonsense",
                    "application/json; charset=\"",
                    "application/json;",
                    "APPLICATION/JSON",
                    "application/vnd.api+json",
                    "application/problem+json",
                    "text/plain",
                    "text/json",
                    "application/x-www-form-urlencoded",
                    "multipart/form-data",
                    "multipart/form-data; boundary=x",
                    "application/xml",
                    "*/*",
                    "json",
                    "/",
                    ";",
                    "",
                    " ")));

    private static Gen<string> Body =>
        Gen.Frequency(
            (
                4,
                Gen.Select(
                    JsonText,
                    Json,
                    OddNumber,
                    (key, value, ttl) => $$"""{"key":{{key}},"value":{{value}},"ttl":{{ttl}}}""")),
            (2, Gen.Select(JsonText, JsonText, (key, value) => $$"""{"key":{{key}},"value":{{value}}}""")),
            (2, Gen.Select(JsonText, OddNumber, (key, ttl) => $$"""{"key":{{key}},"ttl":{{ttl}}}""")),
            (3, Json),
            (2, Gen.Select(Json, Gen.Int[0, 60], (json, at) => json[..Math.Min(at, json.Length)])),
            (
                1,
                Gen.OneOf(
                    "",
                    " ",
                    "\0",
                    "\u00ef\u00bb\u00bf{\"key\":\"a\",\"value\":\"b\"}",
                    "\u00ff\u00fe{\0}\0",
                    "{\"key\":\"a\",\"key\":\"b\",\"value\":\"c\"}",
                    "{\"KEY\":\"a\",\"Value\":\"b\"}",
                    "{\"key\":\"a\",\"value\":\"b\",}",
                    "{'key':'a','value':'b'}",
                    "{\"key\":\"a\",\"value\":\"b\"}{}",
                    "/*x*/{\"key\":\"a\",\"value\":\"b\"}",
                    "key=a&value=b",
                    "{\"__proto__\":{}}",
                    "{\"$type\":\"System.Object\",\"key\":\"a\",\"value\":\"b\"}")),
            (1, Junk),
            (
                1,
                Gen.Select(
                    Gen.OneOf("[", "{\"key\":", "{\"value\":[", "[{\"key\":\"a\",\"x\":"),
                    Gen.Int[1, Deep],
                    (open, depth) => string.Concat(Enumerable.Repeat(open, depth)))),
            (1, Gen.Int[1, Large].Select(length => $$"""{"key":"large","value":"{{new string('x', length)}}"}""")));

    private static Gen<string> JsonText =>
        Gen.Frequency(
            (
                3,
                Gen.OneOf(
                    "\"a\"",
                    "\"test\"",
                    "\"\"",
                    "\"a/b\"",
                    "\"\\u0000\"",
                    "\"\\ud800\"",
                    "\"\\udc00\\ud800\"",
                    "\"\\ud83d\\udd11\"",
                    "\"\\x\"",
                    "\"\\u12\"",
                    "\"\\",
                    "\"",
                    "\"\n\"",
                    "\"\u0080\"",
                    "\"\u00ed\u00a0\u0080\"",
                    "\"\u00c0\u00af\"")),
            (
                1,
                Gen.Char['\0', '\uffff']
                    .Array[0, 20]
                    .Select(characters => $"\"{string.Concat(characters.Select(c => $"\\u{(int)c:x4}"))}\"")),
            (1, Junk.Select(junk => $"\"{junk}\"")),
            (3, Gen.OneOf("\"a\"", "\"b\"", "\"a b\"")),
            (1, Gen.Int[500, 2000].Select(length => $"\"{new string('k', length)}\"")));

    private static Gen<string> Json =>
        Gen.Recursive<string>(
            (depth, nested) =>
                depth > 4
                    ? JsonText
                    : Gen.Frequency(
                        (3, JsonText),
                        (2, OddNumber),
                        (1, Gen.OneOf("true", "false", "null", "nul", "undefined")),
                        (1, nested.Array[0, 4].Select(items => $"[{string.Join(',', items)}]")),
                        (
                            2,
                            Gen.Select(Gen.OneOf("\"key\"", "\"value\"", "\"ttl\"", "\"\"", "key", "1"), nested)
                                .Array[0, 4]
                                .Select(members =>
                                    "{"
                                    + string.Join(',', members.Select(member => $"{member.Item1}:{member.Item2}"))
                                    + "}"))));

    private static string Text(char[] characters) => new(characters);
}

using System.Net;
using System.Text;
using System.Text.Json;
using CacheDemo.Tests.Support;

namespace CacheDemo.Tests.Cache;

[Collection<GarnetCollection>]
public class CacheApiOnGarnet(OnGarnet system) : CacheApiTests(system);

[Collection<RedisCollection>]
public class CacheApiOnRedis(OnRedis system) : CacheApiTests(system);

/// <summary>The routes of the cache, as a client sees them through the page's host and at the API itself.</summary>
public abstract class CacheApiTests(SharedSystem system)
{
    private const int MiB = 1024 * 1024;

    private HttpClient Page => system.Demo.Page;

    /// <summary>Keys that a component between browser and Redis could misinterpret.</summary>
    public static TheoryData<string> AwkwardKeys =>
        [
            "test",
            "a/b c",
            "100%",
            "?x=1&y",
            "#",
            "+",
            "a+b",
            "%2F",
            "%252F",
            "..",
            ".",
            "../..",
            "a/../b",
            "./a",
            "日本語",
            "🔑",
            "\"",
            "'",
            "\\",
            "/",
            "//",
            "/leading",
            "trailing/",
            " leading",
            "trailing ",
            " ",
            "<script>alert(1)</script>",
            "{key}",
            "*",
            "[a]",
            "a:b",
            "é",
            "e\u0301",
            "\u200b",
            "\u00a0",
            "\u2028",
            "~!@$^&*()_=;,",
            "null",
            new string('k', 512),
            string.Concat(Enumerable.Repeat("🔑", 128)),
        ];

    private static string InPath(string key) => Uri.EscapeDataString(key).Replace(".", "%2E");

    [Fact]
    public async Task A_key_that_was_set_is_read_from_the_cache()
    {
        var before = DateTimeOffset.UtcNow;
        var set = await Page.PostAsync("/api/set", new { key = "journey", value = "12345" });

        Assert.Equal(HttpStatusCode.OK, set.Status);
        Assert.Equal("Key 'journey' set to '12345' with 60 seconds TTL", set["message"].GetString());
        Assert.Equal("journey", set["key"].GetString());
        Assert.Equal(60, set["ttl"].GetInt32());
        Assert.InRange(
            set["expiresAt"].GetDateTimeOffset(),
            before.AddSeconds(59),
            DateTimeOffset.UtcNow.AddSeconds(61));

        var get = await Page.GetAnswerAsync("/api/get/journey");
        Assert.Equal(HttpStatusCode.OK, get.Status);
        Assert.Equal("application/json", get.MediaType);
        Assert.Equal("""{"key":"journey","value":"12345","source":"cache"}""", get.Body);
    }

    [Fact]
    public async Task The_message_is_as_readable_in_JSON_as_in_words()
    {
        var set = await Page.PostAsync("/api/set", new { key = "readable", value = "naïve+" });
        Assert.Contains("\"Key 'readable' set to 'naïve+' with 60 seconds TTL\"", set.Body);
    }

    [Fact]
    public async Task A_missing_key_is_a_404_with_exactly_the_documented_body()
    {
        foreach (var answer in new[]
        {
            await Page.GetAnswerAsync("/api/get/nobody"),
            await Page.GetAnswerAsync("/api/ttl/nobody"),
            await Page.SendRawAsync(HttpMethod.Delete, "/api/delete/nobody"),
            await Page.PostAsync("/api/expire", new { key = "nobody", ttl = 5 }),
        })
        {
            Assert.Equal(HttpStatusCode.NotFound, answer.Status);
            Assert.Equal("""{"error":"Key not found"}""", answer.Body);
        }
    }

    [Fact]
    public async Task A_key_expires_when_its_ttl_elapses()
    {
        await Page.PostAsync("/api/set", new { key = "short", value = "x", ttl = 1 });
        Assert.Equal(HttpStatusCode.OK, (await Page.GetAnswerAsync("/api/get/short")).Status);

        await Eventually.TrueAsync(
            async () => (await Page.GetAnswerAsync("/api/get/short")).Status == HttpStatusCode.NotFound,
            "the key expires",
            TimeSpan.FromSeconds(3));
    }

    [Fact]
    public async Task The_time_to_live_counts_down_and_can_be_extended_and_shortened()
    {
        await Page.PostAsync("/api/set", new { key = "life", value = "x", ttl = 100 });
        Assert.InRange((await Page.GetAnswerAsync("/api/ttl/life"))["ttl"].GetDouble(), 95, 100);

        var extended = await Page.PostAsync("/api/expire", new { key = "life", ttl = 500 });
        Assert.Equal(HttpStatusCode.OK, extended.Status);
        Assert.Equal("life", extended["key"].GetString());
        Assert.Equal(500, extended["ttl"].GetDouble());
        Assert.InRange((await Page.GetAnswerAsync("/api/ttl/life"))["ttl"].GetDouble(), 495, 500);

        await Page.PostAsync("/api/expire", new { key = "life", ttl = 10 });
        Assert.InRange((await Page.GetAnswerAsync("/api/ttl/life"))["ttl"].GetDouble(), 5, 10);
    }

    [Fact]
    public async Task A_deleted_key_is_gone()
    {
        await Page.PostAsync("/api/set", new { key = "doomed", value = "x" });
        var deleted = await Page.SendRawAsync(HttpMethod.Delete, "/api/delete/doomed");

        Assert.Equal(HttpStatusCode.NoContent, deleted.Status);
        Assert.Empty(deleted.Body);
        Assert.Equal(HttpStatusCode.NotFound, (await Page.GetAnswerAsync("/api/get/doomed")).Status);
    }

    [Theory]
    [MemberData(nameof(AwkwardKeys))]
    public async Task A_key_round_trips_by_every_route_whatever_it_holds(string key)
    {
        foreach (var (client, root) in new[] { (Page, "/api"), (system.Demo.Api, "") })
        {
            var inQuery = $"?key={Uri.EscapeDataString(key)}";
            Assert.Equal(
                key,
                (await client.PostAsync($"{root}/set", new { key, value = $"of {key}" }))["key"].GetString());

            foreach (var url in new[] { $"{root}/get/{InPath(key)}", $"{root}/get{inQuery}" })
            {
                var get = await client.GetAnswerAsync(url);
                Assert.True(get.Status == HttpStatusCode.OK, $"{url}: {(int)get.Status} {get.Body}");
                Assert.Equal(key, get["key"].GetString());
                Assert.Equal($"of {key}", get["value"].GetString());
            }

            Assert.Equal(key, (await client.GetAnswerAsync($"{root}/ttl/{InPath(key)}"))["key"].GetString());
            Assert.Equal(key, (await client.GetAnswerAsync($"{root}/ttl{inQuery}"))["key"].GetString());
            Assert.Equal(key, (await client.PostAsync($"{root}/expire", new { key, ttl = 50 }))["key"].GetString());

            Assert.Equal(
                HttpStatusCode.NoContent,
                (await client.SendRawAsync(HttpMethod.Delete, $"{root}/delete/{InPath(key)}")).Status);
            await client.PostAsync($"{root}/set", new { key, value = "" });
            Assert.Equal(
                HttpStatusCode.NoContent,
                (await client.SendRawAsync(HttpMethod.Delete, $"{root}/delete{inQuery}")).Status);
            Assert.Equal(HttpStatusCode.NotFound, (await client.GetAnswerAsync($"{root}/get{inQuery}")).Status);
        }
    }

    [Fact]
    public async Task Slashes_in_a_key_need_no_escape()
    {
        await Page.PostAsync("/api/set", new { key = "users/42/name", value = "Ada" });
        Assert.Equal("Ada", (await Page.GetAnswerAsync("/api/get/users/42/name"))["value"].GetString());
    }

    [Theory]
    [InlineData("")]
    [InlineData(" ")]
    [InlineData("a\nb\r\n\tc\0d")]
    [InlineData("{\"json\":[1,2]}")]
    [InlineData("日本語 🔑 <script>alert(1)</script> \\ \" '")]
    public async Task A_value_round_trips_whatever_it_holds(string value)
    {
        await Page.PostAsync("/api/set", new { key = "values", value });
        Assert.Equal(value, (await Page.GetAnswerAsync("/api/get/values"))["value"].GetString());
    }

    [Theory]
    [InlineData("x")]
    [InlineData("\0")]
    [InlineData("é")]
    public async Task A_value_of_exactly_one_MiB_is_accepted_and_one_byte_more_is_too_large(string unit)
    {
        var full = string.Concat(Enumerable.Repeat(unit, MiB / Encoding.UTF8.GetByteCount(unit)));
        Assert.Equal(HttpStatusCode.OK, (await Page.PostAsync("/api/set", new { key = "large", value = full })).Status);
        Assert.Equal(full, (await Page.GetAnswerAsync("/api/get/large"))["value"].GetString());

        var refused = await Page.PostAsync("/api/set", new { key = "too large", value = full + "x" });
        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, refused.Status);
        Assert.Equal("application/problem+json", refused.MediaType);
        Assert.True(refused["errors"].TryGetProperty("value", out _));
        Assert.Equal(HttpStatusCode.NotFound, (await Page.GetAnswerAsync("/api/get/too%20large")).Status);
    }

    [Fact]
    public async Task A_body_larger_than_any_valid_one_is_too_large()
    {
        // Expect: 100-continue, or the connection may be closed before the response is read.
        using var request = new HttpRequestMessage(HttpMethod.Post, "/api/set")
        {
            Content = new StringContent(new string(' ', 8 * MiB), Encoding.UTF8, "application/json"),
            Headers = { ExpectContinue = true },
        };
        var refused = await Page.SendAsync(request, TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, refused.StatusCode);
        Assert.Equal("application/problem+json", refused.Content.Headers.ContentType?.MediaType);
    }

    [Theory]
    [InlineData("""{"value":"x"}""", "key")]
    [InlineData("""{"key":null,"value":"x"}""", "key")]
    [InlineData("""{"key":"","value":"x"}""", "key")]
    [InlineData("""{"key":42,"value":"x"}""", "key")]
    [InlineData("""{"key":["bad"],"value":"x"}""", "key")]
    [InlineData("""{"key":"bad\u0000","value":"x"}""", "key")]
    [InlineData("""{"key":"bad\n","value":"x"}""", "key")]
    [InlineData("""{"key":"bad\u007f","value":"x"}""", "key")]
    [InlineData("""{"key":"bad\u0085","value":"x"}""", "key")]
    [InlineData("""{"key":"bad\ud800","value":"x"}""", "key")]
    [InlineData("""{"key":"bad"}""", "value")]
    [InlineData("""{"key":"bad","value":null}""", "value")]
    [InlineData("""{"key":"bad","value":12345}""", "value")]
    [InlineData("""{"key":"bad","value":{}}""", "value")]
    [InlineData("""{"key":"bad","value":"\udc00"}""", "value")]
    [InlineData("""{"key":"bad","value":"x","ttl":0}""", "ttl")]
    [InlineData("""{"key":"bad","value":"x","ttl":-1}""", "ttl")]
    [InlineData("""{"key":"bad","value":"x","ttl":1.5}""", "ttl")]
    [InlineData("""{"key":"bad","value":"x","ttl":"60"}""", "ttl")]
    [InlineData("""{"key":"bad","value":"x","ttl":true}""", "ttl")]
    [InlineData("""{"key":"bad","value":"x","ttl":2592001}""", "ttl")]
    [InlineData("""{"key":"bad","value":"x","ttl":99999999999999999999}""", "ttl")]
    public async Task An_invalid_field_is_a_problem_that_names_it_and_stores_nothing(string body, string field)
    {
        var refused = await Page.PostTextAsync("/api/set", body);

        Assert.Equal(HttpStatusCode.BadRequest, refused.Status);
        Assert.Equal("application/problem+json", refused.MediaType);
        Assert.Equal(400, refused["status"].GetInt32());
        Assert.NotEmpty(refused["title"].GetString()!);
        var error = Assert.Single(refused["errors"].EnumerateObject());
        Assert.Equal(field, error.Name);
        Assert.NotEmpty(error.Value[0].GetString()!);
        Assert.Equal(HttpStatusCode.NotFound, (await Page.GetAnswerAsync("/api/get/bad")).Status);
    }

    [Theory]
    [InlineData(
        "/set", """{"key":"","ttl":0}""",
        "key: The key is missing or empty.", "value: The value is missing.", "ttl: The ttl is 0; it must")]
    [InlineData(
        "/set", """{"key":"","ttl":1.5}""",
        "key: The key is missing or empty.", "value: The value is missing.", "ttl: The ttl must be one whole")]
    [InlineData(
        "/set", """{"ttl":"60","value":true,"key":[{"a":[]}]}""",
        "key: The key must be one", "value: The value must be one", "ttl: The ttl must")]
    [InlineData(
        "/set", """{"key":{"key":1},"value":["\udc00"],"ttl":{}}""",
        "key: The key must be one", "value: The value must be one", "ttl: The ttl must")]
    [InlineData(
        "/set", """{"key":"\ud800","value":"\udc00","ttl":[]}""",
        "key: The key must be one", "value: The value must be one", "ttl: The ttl must")]
    [InlineData(
        "/set", """{"key":false,"value":7}""",
        "key: The key must be one", "value: The value must be one")]
    [InlineData(
        "/set", """{"KEY":1,"Value":"x","ttl":1e99}""",
        "key: The key must be one", "ttl: The ttl must be one whole")]
    [InlineData(
        "/expire", """{"key":"","ttl":1.5}""",
        "key: The key is missing or empty.", "ttl: The ttl must be one whole")]
    [InlineData(
        "/expire", """{"key":5}""",
        "key: The key must be one", "ttl: The ttl is missing.")]
    [InlineData(
        "/expire", """{"ttl":-2147483648}""",
        "key: The key is missing or empty.", "ttl: The ttl must be one whole")]
    public async Task Every_invalid_field_is_named_at_once(string route, string body, params string[] problems)
    {
        var refused = await Page.PostTextAsync($"/api{route}", body);
        Assert.Equal(HttpStatusCode.BadRequest, refused.Status);

        var said = refused["errors"].EnumerateObject()
            .ToDictionary(error => error.Name, error => Assert.Single(error.Value.EnumerateArray()).GetString()!);
        Assert.Equal(problems.Select(problem => problem.Split(':')[0]).Order(), said.Keys.Order());
        Assert.All(problems, problem => Assert.StartsWith(problem.Split(": ")[1], said[problem.Split(':')[0]]));
        Assert.All(said.Values, problem => Assert.Contains(problem, refused["detail"].GetString()));
    }

    [Theory]
    [InlineData("""{"key":1,"ttl":1.5,"key":2}""")]
    [InlineData("""{"key":"a","value":"x","ttl":1,"ttl":1.5}""")]
    [InlineData("""{"key":1,"value":"x","ttl":1.5""")]
    [InlineData("""{"key":1,"value":[1,2,"ttl":1.5}""")]
    [InlineData("""{"key":"a","value":"x","ttl":01}""")]
    public async Task Invalid_JSON_or_a_duplicate_member_is_one_problem(string body)
    {
        foreach (var route in new[] { "/api/set", "/api/expire" })
        {
            var refused = await Page.PostTextAsync(route, body);
            Assert.Equal((HttpStatusCode.BadRequest, "application/problem+json"), (refused.Status, refused.MediaType));
            Assert.NotEmpty(refused["detail"].GetString()!);
        }
    }

    [Fact]
    public async Task Invalid_members_of_a_body_that_arrives_in_chunks_are_named_as_well()
    {
        // Larger than the read buffer of the serializer.
        var large = string.Join(',', Enumerable.Repeat("[1,\"text\"]", 20_000));
        var refused = await Page.PostTextAsync(
            "/api/set", $$"""{"key":[{{large}}],"value":{"a":[{{large}}]},"ttl":[{{large}}]}""");

        Assert.Equal(HttpStatusCode.BadRequest, refused.Status);
        Assert.Equal(["key", "ttl", "value"], refused["errors"].EnumerateObject().Select(error => error.Name).Order());
    }

    [Fact]
    public async Task A_key_of_513_bytes_is_too_long_by_every_route()
    {
        foreach (var key in new[] { new string('k', 513), new string('é', 257) })
        {
            foreach (var refused in new[]
            {
                await Page.PostAsync("/api/set", new { key, value = "x" }),
                await Page.PostAsync("/api/expire", new { key, ttl = 1 }),
                await Page.GetAnswerAsync($"/api/get/{InPath(key)}"),
                await Page.GetAnswerAsync($"/api/ttl?key={InPath(key)}"),
                await Page.SendRawAsync(HttpMethod.Delete, $"/api/delete/{InPath(key)}"),
            })
            {
                Assert.Equal(HttpStatusCode.BadRequest, refused.Status);
                Assert.Contains("512", refused["errors"].GetProperty("key")[0].GetString());
            }
        }
    }

    [Theory]
    [InlineData("/api/get")]
    [InlineData("/api/get/")]
    [InlineData("/api/get?key=")]
    [InlineData("/api/get?other=x")]
    [InlineData("/api/get/%0A")]
    [InlineData("/api/get?key=%00")]
    [InlineData("/api/get/%ff")]
    [InlineData("/api/get/%zz")]
    [InlineData("/api/get/100%")]
    [InlineData("/api/get/%ED%A0%80")]
    [InlineData("/api/ttl/%7F")]
    public async Task A_url_without_a_valid_key_is_a_problem_that_names_the_key(string url)
    {
        var refused = await Page.GetAnswerAsync(url);
        Assert.Equal(HttpStatusCode.BadRequest, refused.Status);
        Assert.Equal("key", Assert.Single(refused["errors"].EnumerateObject()).Name);
    }

    [Theory]
    [InlineData("", "application/json", 400)]
    [InlineData("{", "application/json", 400)]
    [InlineData("null", "application/json", 400)]
    [InlineData("[]", "application/json", 400)]
    [InlineData("\"text\"", "application/json", 400)]
    [InlineData("""{"key":"bad","value":"x"} trailing""", "application/json", 400)]
    [InlineData("""{"key":"bad","value":"x","key":"bad"}""", "application/json", 400)]
    [InlineData("key=bad&value=x", "application/x-www-form-urlencoded", 415)]
    [InlineData("""{"key":"bad","value":"x"}""", "text/plain", 415)]
    public async Task A_body_that_is_not_a_JSON_object_is_a_problem_and_stores_nothing(
        string body,
        string mediaType,
        int status)
    {
        foreach (var route in new[] { "/api/set", "/api/expire" })
        {
            var refused = await Page.PostTextAsync(route, body, mediaType);
            Assert.Equal(status, (int)refused.Status);
            Assert.Equal("application/problem+json", refused.MediaType);
            Assert.NotEmpty(refused["detail"].GetString()!);
        }

        Assert.Equal(HttpStatusCode.NotFound, (await Page.GetAnswerAsync("/api/get/bad")).Status);
    }

    [Fact]
    public async Task A_missing_body_is_a_problem()
    {
        var refused = await Page.SendRawAsync(HttpMethod.Post, "/api/set");
        Assert.True(
            refused.Status is HttpStatusCode.BadRequest or HttpStatusCode.UnsupportedMediaType,
            $"{refused.Status}");
        Assert.Equal("application/problem+json", refused.MediaType);
    }

    [Fact]
    public async Task Unknown_members_are_ignored()
    {
        Assert.Equal(
            HttpStatusCode.OK,
            (await Page.PostTextAsync("/api/set", """{"key":"more","value":"x","colour":"red"}""")).Status);
    }

    [Fact]
    public async Task A_null_ttl_is_the_default()
    {
        Assert.Equal(
            60,
            (await Page.PostTextAsync("/api/set", """{"key":"null ttl","value":"x","ttl":null}"""))["ttl"].GetInt32());
    }

    [Fact]
    public async Task The_longest_ttl_is_30_days()
    {
        Assert.Equal(
            HttpStatusCode.OK,
            (
                await Page.PostAsync(
                    "/api/set",
                    new
                    {
                        key = "30 days",
                        value = "x",
                        ttl = 2592000,
                    })
            ).Status);
        Assert.InRange((await Page.GetAnswerAsync("/api/ttl/30%20days"))["ttl"].GetDouble(), 2591990, 2592000);
    }

    [Fact]
    public async Task An_unknown_route_or_method_is_a_problem()
    {
        var unknown = await system.Demo.Api.GetAnswerAsync("/nowhere");
        Assert.Equal((HttpStatusCode.NotFound, "application/problem+json"), (unknown.Status, unknown.MediaType));

        var wrong = await Page.SendRawAsync(HttpMethod.Put, "/api/set");
        Assert.Equal((HttpStatusCode.MethodNotAllowed, "application/problem+json"), (wrong.Status, wrong.MediaType));
    }

    [Fact]
    public async Task The_API_describes_itself()
    {
        var document = JsonDocument.Parse((await system.Demo.Api.GetAnswerAsync("/openapi/v1.json")).Body).RootElement;
        var paths = document.GetProperty("paths").EnumerateObject().Select(path => path.Name).ToArray();
        Assert.Superset(
            new HashSet<string> { "/set", "/get/{key}", "/ttl/{key}", "/expire", "/delete/{key}", "/keys" },
            paths.ToHashSet());
        Assert.Equal(
            "key",
            document
                .GetProperty("paths")
                .GetProperty("/get/{key}")
                .GetProperty("get")
                .GetProperty("parameters")[0]
                .GetProperty("name")
                .GetString());

        var reference = await system.Demo.Api.GetAnswerAsync("/scalar/");
        Assert.Equal((HttpStatusCode.OK, "text/html"), (reference.Status, reference.MediaType));
    }

    [Fact]
    public async Task Health_reports_that_Redis_responds()
    {
        var health = await Page.GetAnswerAsync("/api/health");
        Assert.Equal(HttpStatusCode.OK, health.Status);
        Assert.Equal("Healthy", health["status"].GetString());
        Assert.Contains(
            health["checks"].EnumerateArray(),
            check => check.GetProperty("name").GetString() == "StackExchange.Redis");
        Assert.Equal(HttpStatusCode.OK, (await Page.GetAnswerAsync("/api/alive")).Status);
    }
}

using System.Net;
using System.Net.Sockets;
using CacheDemo.Tests.Support;

namespace CacheDemo.Tests.AppHost;

/// <summary>
/// The AppHost at a console: it starts, leaves no process behind, or reports in one line why it fails.
/// </summary>
public class StartTests
{
    private const string Secret = "hunter2-secret";

    [Fact]
    public async Task The_AppHost_says_which_server_it_uses_with_its_port_and_which_resource_failed_and_why()
    {
        await using var appHost = CommandLine.StartAppHost(
            null,
            "--ConnectionStrings:redis=localhost,ssl=true,password=x",
            "--Cache:DefaultTtl=none",
            $"--Frontend:Port={Ports.Free()}",
            $"--Api:Port={Ports.Free()}");
        await Eventually.TrueAsync(
            () =>
                Task.FromResult(
                    appHost.Output.Contains("api        ended with exit code 1.", StringComparison.Ordinal)),
            "the failure is on the console",
            TimeSpan.FromSeconds(90),
            () => appHost.Output);
        Assert.Contains("Cache:DefaultTtl=none is not a whole number from 1 to", appHost.Output);
        Assert.Contains("Redis is External: a connection string names localhost:6379", appHost.Output);
    }

    [Fact]
    public async Task It_starts_while_an_external_Redis_is_away_and_serves_as_soon_as_that_is_available()
    {
        await using var redis = RedisServer.Create();
        await using var demo = await AppHostDemo.StartAsync($"--ConnectionStrings:redis={redis.Endpoint}");
        Assert.Equal(HttpStatusCode.ServiceUnavailable, (await demo.Page.GetAnswerAsync("/api/health")).Status);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, (await demo.Page.GetAnswerAsync("/api/keys")).Status);

        await redis.StartAsync();
        await Eventually.TrueAsync(() => demo.Page.AnswersAsync("/api/keys"), "the API serves");
        await demo.SetAsync("away");
    }

    // It stops by Ctrl+C in ContainerModeTests.
    [Fact]
    public async Task It_serves_the_page_logs_each_request_and_stops_by_SIGTERM_without_leaving_a_process()
    {
        int page = Ports.Free(),
            api = Ports.Free();
        await using var appHost = CommandLine.StartAppHost(
            null,
            $"--Frontend:Port={page}",
            $"--Api:Port={api}",
            "--Redis:Mode=embedded");
        using var client = new HttpClient { BaseAddress = new Uri($"http://localhost:{page}") };

        await Eventually.TrueAsync(
            () => client.AnswersAsync("/api/health"),
            "the page answers",
            TimeSpan.FromSeconds(90),
            () => appHost.Output);
        await client.PostAsync("/api/set", new { key = "console", value = "x" });
        await Eventually.TrueAsync(
            () => Task.FromResult(appHost.Output.Contains("SET console", StringComparison.Ordinal)),
            "the request is on the console");
        Assert.Contains("Redis is Embedded: Redis:Mode asks for it", appHost.Output);

        foreach (
            var program in new[]
            {
                "dcp ",
                "Aspire.Dashboard",
                "CacheDemo.Garnet",
                "CacheDemo.Api",
                "CacheDemo.Frontend",
            })
            Assert.Contains(appHost.Processes.Values, command => command.Contains(program, StringComparison.Ordinal));

        await appHost.TerminateAsync();
        Assert.Equal(0, await appHost.ExitAsync());
        await appHost.EndsAsync();
    }

    [Theory]
    [InlineData("Frontend", "frontend")]
    [InlineData("Api", "api")]
    public async Task A_port_in_use_is_one_line_that_says_what_to_do(string option, string resource)
    {
        using var taken = new TcpListener(IPAddress.Loopback, 0);
        taken.Start();
        var port = ((IPEndPoint)taken.LocalEndpoint).Port;
        var other = option == "Api" ? "Frontend" : "Api";

        await FailsAtConsoleAsync(
            $"Port {port}, wanted by {resource}, is in use: stop what listens there, or choose another with "
                + $"--{option}:Port=<port>.",
            $"--{option}:Port={port}", $"--{other}:Port={Ports.Free()}", "--Redis:Mode=embedded");
    }

    [Fact]
    public async Task A_port_for_two_is_one_line()
    {
        var port = Ports.Free();
        await FailsAtConsoleAsync(
            $"Port {port} is wanted by api and frontend: choose another with --Frontend:Port=<port>.",
            $"--Api:Port={port}", $"--Frontend:Port={port}", "--Redis:Mode=embedded");
    }

    [Theory]
    [InlineData("eighty")]
    [InlineData("0")]
    [InlineData("65536")]
    public Task An_invalid_port_is_one_line(string port) =>
        FailsAsync(
            $"--Api:Port={port} is not a port: give a number from 1 to 65535.",
            $"--Api:Port={port}",
            "--Redis:Mode=embedded");

    [Fact]
    public Task An_unknown_mode_is_one_line() =>
        FailsAsync("--Redis:Mode=cloud is not known: use external, container or embedded.", "--Redis:Mode=cloud");

    [Fact]
    public Task Container_mode_without_an_engine_is_one_line() =>
        FailsAsync(
            "--Redis:Mode=container needs a container engine, and none answers (tried none): start one, or "
                + "use --Redis:Mode=embedded.",
            "--ASPIRE_CONTAINER_RUNTIME=none", "--Redis:Mode=container");

    [Fact]
    public Task An_unknown_mode_of_the_products_is_one_line() => FailsAsync(
        "--Products:Mode=mysql is not known: use sqlite, container or external.",
        "--Redis:Mode=embedded", "--Products:Mode=mysql");

    [Fact]
    public Task An_external_database_of_products_without_a_connection_string_is_one_line() => FailsAsync(
        "--Products:Mode=external needs a server: set --ConnectionStrings:products=<connection string>.",
        "--Redis:Mode=embedded", "--Products:Mode=external");

    [Fact]
    public Task A_container_of_the_products_is_not_published() => FailsAsync(
        "--Products:Mode=container cannot be deployed: a deployment takes the connection string of a PostgreSQL.",
        "--publisher", "manifest", "--output-path", Path.Combine(Path.GetTempPath(), "cachedemo-none.json"),
        "--Products:Mode=container");

    [Fact]
    public Task A_container_engine_that_Aspire_does_not_support_is_one_line() =>
        FailsAsync(
            "ASPIRE_CONTAINER_RUNTIME=none is not known to Aspire: use docker or podman.",
            "--ASPIRE_CONTAINER_RUNTIME=none",
            "--Redis:Mode=embedded",
            $"--Frontend:Port={Ports.Free()}",
            $"--Api:Port={Ports.Free()}");

    [Fact]
    public Task External_mode_without_a_server_is_one_line() =>
        FailsAsync(
            "--Redis:Mode=external needs a server: set REDIS_ENDPOINT=host:6379 or "
                + "--ConnectionStrings:redis=<connection string>.",
            "--Redis:Mode=external");

    [Theory]
    [InlineData($"host:6379,password={Secret},sll=true")]
    [InlineData($"redis://:{Secret}@host:99999")]
    public async Task A_malformed_connection_string_is_one_line_without_the_password(string connectionString)
    {
        var output = await FailsAsync(
            "The Redis connection string is malformed: ",
            $"--ConnectionStrings:redis={connectionString}");
        Assert.DoesNotContain(Secret, output);
    }

    // In this process: what it throws is what the console shows.
    private static async Task<string> FailsAsync(string line, params string[] arguments)
    {
        var problem = await Record.ExceptionAsync(async () =>
        {
            await using var demo = await AppHostDemo.StartAsync(arguments);
        });
        var said = problem!.GetBaseException().Message;
        Assert.Equal("SetupException", problem.GetBaseException().GetType().Name);
        Assert.StartsWith(line, Assert.Single(said.Split('\n')));
        return said;
    }

    private static async Task FailsAtConsoleAsync(string line, params string[] arguments)
    {
        await using var appHost = CommandLine.StartAppHost(null, arguments);
        Assert.NotEqual(0, await appHost.ExitAsync());

        // dotnet run prints which launch settings it uses; the rest is from the AppHost.
        Assert.Equal(
            [line],
            appHost
                .Output.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)
                .Where(text => !text.StartsWith("Using launch settings", StringComparison.Ordinal)));
    }
}

using System.Globalization;
using System.Net;
using System.Net.Sockets;
using CacheDemo.Tests.Support;

namespace CacheDemo.Tests.AppHost;

/// <summary>An invalid option of a service is reported in one line, by the service and by the AppHost.</summary>
public class OptionTests
{
    [Theory]
    [InlineData("CacheDemo.Api", "Cache:MaxKeyBytes=0 is not a whole number from 1 to 4096.")]
    [InlineData("CacheDemo.Api", "Cache:MaxValueBytes=16777217 is not a whole number from 1 to 16777216.")]
    [InlineData("CacheDemo.Api", "Cache:DefaultTtl= is not a whole number from 1 to 2147483647.")]
    [InlineData("CacheDemo.Api", "Cache:DefaultTtl=2592001 is not from 1 to 2592000, which is Cache:MaxTtl.")]
    [InlineData("CacheDemo.Api", "Cache:MaxTtl=1.5 is not a whole number from 1 to 2147483647.")]
    [InlineData(
        "CacheDemo.Api",
        "Cache:Prefix= is not text without control characters: it keeps other people's keys out of the API's reach.")]
    [InlineData("CacheDemo.Api", "Cache:KeysInTelemetry=perhaps is not true or false.")]
    [InlineData("CacheDemo.Api", "Expiry:MaxLives=99999999999 is not a whole number from 0 to 100000000.")]
    [InlineData("CacheDemo.Api", "Feed:HeartbeatSeconds=31 is not a whole number from 1 to 30.")]
    [InlineData("CacheDemo.Api", "Feed:EventsPerTick=x is not a whole number from 1 to 1000.")]
    [InlineData("CacheDemo.Api", "Feed:MaxViewers=many is not a whole number from 1 to 100000.")]
    [InlineData(
        "CacheDemo.Api",
        "Cors:AllowedOrigins=https://page.example/ is not an origin: write it as https://page.example or "
            + "http://localhost:3000, or * for all."
    )]
    [InlineData(
        "CacheDemo.Api",
        "Cors:AllowedOrigins=https://page.example:443 is not an origin: write it as https://page.example or "
            + "http://localhost:3000, or * for all."
    )]
    [InlineData(
        "CacheDemo.Api",
        "Cors:AllowedOrigins=page.example is not an origin: write it as https://page.example or "
            + "http://localhost:3000, or * for all."
    )]
    [InlineData(
        "CacheDemo.Api",
        "Logging:LogLevel:Default=Loud is not one of Trace, Debug, Information, Warning, Error, Critical, None.")]
    [InlineData("CacheDemo.Frontend", "RateLimit:Enabled=1x is not true or false.")]
    [InlineData("CacheDemo.Frontend", "RateLimit:RequestsPerSecond=0 is not a whole number from 1 to 1000000.")]
    [InlineData("CacheDemo.Frontend", "RateLimit:Burst=x is not a whole number from 1 to 1000000.")]
    [InlineData("CacheDemo.Frontend", "RateLimit:Streams=100001 is not a whole number from 1 to 100000.")]
    [InlineData("CacheDemo.Frontend", "SignIn:Hours=721 is not a whole number from 1 to 720.")]
    [InlineData("CacheDemo.Frontend", "SignIn:WrongKeysPerMinute=0 is not a whole number from 1 to 1000.")]
    [InlineData("CacheDemo.Frontend", "SignIn:KeyRing=/dev/null/keys is not a folder, and cannot be made one.")]
    [InlineData("CacheDemo.Frontend", "Page:Dashboard=nonsense is not an http or https URL.")]
    [InlineData("CacheDemo.Frontend", "Cache:KeysInTelemetry=perhaps is not true or false.")]
    [InlineData("CacheDemo.Frontend", "ReverseProxy:Routes:get:Timeout=soon is not a time such as 00:00:10.")]
    [InlineData(
        "CacheDemo.Frontend",
        "ReverseProxy:Clusters:api:HttpRequest:ActivityTimeout=soon is not a time such as 00:00:10.")]
    [InlineData(
        "CacheDemo.Frontend",
        "ReverseProxy:Clusters:api:Destinations:api:Address=nonsense is not the API's address: write it as "
            + "http://api.example:8000."
    )]
    [InlineData("CacheDemo.Frontend", "Kestrel:Limits:RequestHeadersTimeout=soon is not a time such as 00:00:10.")]
    [InlineData(
        "CacheDemo.Frontend",
        "Kestrel:Limits:MaxRequestBodySize=-1 is refused: Value must be null or a non-negative number. "
            + "(Parameter 'value')"
    )]
    [InlineData("CacheDemo.Garnet", "Garnet:Port=65536 is not a port from 1 to 65535; GARNET_PORT goes before it.")]
    [InlineData("CacheDemo.Garnet", "Garnet:MemoryMiB=100 is not a power of two from 64 to 65536.")]
    [InlineData(
        "CacheDemo.Garnet",
        "Logging:LogLevel:Default=Loud is not one of Trace, Debug, Information, Warning, Error, Critical, None.")]
    public async Task An_invalid_option_of_a_service_is_one_line_with_its_value_and_what_is_allowed(
        string project,
        string line)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "a variable cannot be empty there, nor /dev/null be none");
        var option = line.Split(" is ")[0].Split('=');
        await FailsAsync(line, project, (option[0].Replace(":", "__"), option[1]));
    }

    [Theory]
    [InlineData(
        "ForwardedHeaders:TrustedNetworks has lan, which is not a network: write it as 10.0.0.0/16.",
        "ForwardedHeaders__TrustedNetworks__0=lan")]
    [InlineData(
        "SignIn:ApiKey must be printable ASCII without spaces, as it travels in a header.",
        "SignIn__ApiKey=hunter 2")]
    [InlineData(
        "SignIn:ClientId and SignIn:ClientSecret need SignIn:Authority: without it, nobody has to sign in there.",
        "SignIn__ClientSecret=hunter2")]
    [InlineData(
        "SignIn:Authority=http://provider.example is not an https URL.",
        "SignIn__Authority=http://provider.example",
        "SignIn__ClientId=x")]
    public Task Other_invalid_options_of_the_page_are_one_line_without_a_secret(
        string line,
        params string[] options
    ) =>
        FailsAsync(
            line,
            "CacheDemo.Frontend",
            [.. options.Select(option => option.Split('=', 2)).Select(parts => (parts[0], parts[1]))]);

    [Fact]
    public async Task Each_of_several_invalid_options_is_one_line()
    {
        var (exitCode, output) = await ServiceProcess.FailToStartAsync(
            "CacheDemo.Api",
            ("Feed__MaxViewers", "x"),
            ("Expiry__MaxLives", "x"));
        Assert.Equal(1, exitCode);
        Assert.Equal(["Expiry:MaxLives", "Feed:MaxViewers"], Lines(output).Select(line => line.Split('=')[0]));
    }

    [Theory]
    [InlineData("CacheDemo.Api", "http://127.0.0.1:{0}")]
    [InlineData("CacheDemo.Api", "http://localhost:{0}")]
    [InlineData("CacheDemo.Frontend", "http://*:{0}")]
    public async Task A_port_in_use_is_one_line_that_names_the_address(string project, string address)
    {
        using var taken = new TcpListener(IPAddress.Loopback, 0);
        taken.Start();
        var url = string.Format(CultureInfo.InvariantCulture, address, ((IPEndPoint)taken.LocalEndpoint).Port);
        await FailsAsync(
            $"Cannot listen on {url}: the port is in use. Stop what listens there, or choose another with "
                + "--urls=http://localhost:<port>.",
            project, ("ASPNETCORE_URLS", url));
    }

    [Fact]
    public async Task A_port_in_use_is_one_line_from_the_embedded_server()
    {
        using var taken = new TcpListener(IPAddress.Loopback, 0);
        taken.Start();
        var port = ((IPEndPoint)taken.LocalEndpoint).Port;
        await FailsAsync(
            $"The embedded server cannot listen on 127.0.0.1:{port}: Address already in use.",
            "CacheDemo.Garnet",
            ("GARNET_PORT", $"{port}"));
    }

    [Theory]
    [InlineData("CacheDemo.Api", "http://nonsense:99999")]
    [InlineData("CacheDemo.Api", "http://localhost:abc")]
    [InlineData("CacheDemo.Frontend", "nonsense")]
    [InlineData("CacheDemo.Frontend", "ftp://localhost:21")]
    public Task An_invalid_address_to_listen_on_is_one_line_that_names_it(string project, string url) =>
        FailsAsync(
            $"{url} is not an address to listen on: write it as http://localhost:8000 or http://*:8000.",
            project,
            ("ASPNETCORE_URLS", url));

    [Fact]
    public Task An_address_of_another_machine_is_one_line_that_names_it() =>
        FailsAsync(
            "Cannot listen on http://203.0.113.7:8000: Cannot assign requested address.",
            "CacheDemo.Api",
            ("ASPNETCORE_URLS", "http://203.0.113.7:8000")
        );

    private static async Task FailsAsync(string line, string project, params (string Name, string Value)[] options)
    {
        var (exitCode, output) = await ProgramInside.FailToStartAsync(project, options);
        Assert.Equal([line], Lines(output));
        Assert.Equal(1, exitCode);
    }

    private static string[] Lines(string output) =>
        output.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
}

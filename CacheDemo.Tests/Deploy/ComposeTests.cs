using CacheDemo.Tests.Support;
using YamlDotNet.RepresentationModel;

namespace CacheDemo.Tests.Deploy;

/// <summary>What <c>compose</c> writes.</summary>
public sealed class ComposeTests : IDisposable
{
    private static readonly string Shop = Path.Combine(
        CommandLine.Root,
        "CacheDemo.Tests",
        "Deploy",
        "Manifests",
        "shop.json");

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("cachedemo-compose-");

    public void Dispose() => _folder.Delete(recursive: true);

    [Theory]
    [InlineData("deploy/compose")]
    [InlineData("deploy/compose-redis", "--redis", "container")]
    public async Task The_committed_files_are_what_the_manifest_becomes(string committed, params string[] arguments)
    {
        (await DeployCommand.RunAsync(["compose", "--output", _folder.FullName, .. arguments])).Succeeded();

        foreach (var file in new[] { "compose.yaml", ".env.example" })
        {
            Assert.Equal(
                await File.ReadAllBytesAsync(
                    Path.Combine(CommandLine.Root, committed, file),
                    TestContext.Current.CancellationToken),
                await File.ReadAllBytesAsync(
                    Path.Combine(_folder.FullName, file),
                    TestContext.Current.CancellationToken));
        }
    }

    [Theory]
    [InlineData("external", "REDIS")]
    [InlineData("container", "REDIS_PASSWORD")]
    public async Task One_line_is_to_be_filled_in(string redis, string variable)
    {
        (await DeployCommand.RunAsync("compose", "--redis", redis, "--output", _folder.FullName)).Succeeded();
        var empty = Lines(".env.example").Where(line => line.EndsWith('=') && !line.StartsWith('#'));
        Assert.Equal([$"{variable}="], empty);
    }

    [Fact]
    public async Task A_database_and_the_experiments_are_lines_that_need_not_be_filled_in()
    {
        (await DeployCommand.RunAsync("compose", "--output", _folder.FullName)).Succeeded();
        Assert.Equal(
            ["# PRODUCTS=''", "# LAB_ENABLED='false'"],
            Lines(".env.example").Where(line => line.StartsWith("# PRODUCTS=", StringComparison.Ordinal)
                || line.StartsWith("# LAB_", StringComparison.Ordinal)));
        var compose = Read();
        Assert.Equal(
            "${PRODUCTS:-}", $"{At(compose, "services", "api", "environment", "ConnectionStrings__products")}");
        Assert.Equal(
            "${LAB_ENABLED:-false}", $"{At(compose, "services", "api", "environment", "Lab__Enabled")}");
    }

    [Theory]
    [InlineData("external")]
    [InlineData("container")]
    public async Task Only_the_page_is_published_and_only_services_that_need_it_have_outbound_access(string redis)
    {
        (await DeployCommand.RunAsync("compose", "--redis", redis, "--output", _folder.FullName)).Succeeded();
        var compose = Read();

        // The dashboard is behind a profile, and on this host alone.
        Assert.Equal(["127.0.0.1:18888:18888"], Texts(compose, "services", "aspire-dashboard", "ports"));
        Assert.Equal(["dashboard"], Texts(compose, "services", "aspire-dashboard", "profiles"));
        var published = Services(compose)
            .Where(name => name != "aspire-dashboard" && At(compose, "services", name, "ports") is not null);
        Assert.Equal(["frontend"], published);
        Assert.Equal(["${FRONTEND_PORT:-8080}:8080"], Texts(compose, "services", "frontend", "ports"));

        Assert.Equal("true", $"{At(compose, "networks", "inside", "internal")}");
        Assert.Equal(
            redis == "external" ? ["inside", "egress"] : ["inside"],
            Texts(compose, "services", "api", "networks"));
        if (redis == "container")
            Assert.Equal(["inside"], Texts(compose, "services", "redis", "networks"));
    }

    [Fact]
    public async Task Production_samples_traces_and_clients_cannot_spoof_addresses()
    {
        (await DeployCommand.RunAsync("compose", "--output", _folder.FullName)).Succeeded();
        var compose = Read();

        foreach (var service in new[] { "api", "frontend" })
        {
            Assert.Equal(
                "parentbased_traceidratio",
                $"{At(compose, "services", service, "environment", "OTEL_TRACES_SAMPLER")}");
            Assert.Equal(
                "${OTEL_TRACES_SAMPLER_ARG:-0.05}",
                $"{At(compose, "services", service, "environment", "OTEL_TRACES_SAMPLER_ARG")}");
        }

        Assert.Equal(
            "${FORWARDED_HEADERS:-false}",
            $"{At(compose, "services", "frontend", "environment", "ASPNETCORE_FORWARDEDHEADERS_ENABLED")}");
    }

    [Fact]
    public async Task Another_manifest_becomes_a_compose_file_as_well()
    {
        (await DeployCommand.RunAsync("compose", "--manifest", Shop, "--output", _folder.FullName)).Succeeded();
        var compose = Read();

        Assert.Equal(
            "stock:6379,password=${STOCK_PASSWORD:?set it in .env}",
            $"{At(compose, "services", "clerk", "environment", "ConnectionStrings__stock")}");
        Assert.Equal(
            "redis://:${STOCK_PASSWORD:?set it in .env}@stock:6379",
            $"{At(compose, "services", "clerk", "environment", "STOCK_URI")}");
        Assert.Equal(
            "${ORDERS:?set it in .env}",
            $"{At(compose, "services", "clerk", "environment", "ConnectionStrings__orders")}");
        Assert.Equal(
            "{${GREETING:-Good day & welcome}}",
            $"{At(compose, "services", "clerk", "environment", "Pattern")}");
        Assert.Equal(["--hall=http://hall:8080", "--price=5$$"], Texts(compose, "services", "clerk", "command"));
        Assert.Equal(["hall", "stock"], Texts(compose, "services", "clerk", "depends_on").Order());

        Assert.Equal("8080;9000", $"{At(compose, "services", "hall", "environment", "HTTP_PORTS")}");
        Assert.Equal(
            "/?say=${GREETING:-Good%20day%20%26%20welcome}&tls=False",
            $"{At(compose, "services", "hall", "environment", "Welcome")}");
        Assert.Equal(["${HALL_PORT:-8080}:8080"], Texts(compose, "services", "hall", "ports"));

        Assert.Equal(
            ["-c", "valkey-server --requirepass $$STOCK_PASSWORD"],
            Texts(compose, "services", "stock", "command"));
        Assert.Equal(["shop-stock:/data"], Texts(compose, "services", "stock", "volumes"));
        Assert.NotNull(At(compose, "volumes", "shop-stock"));
        Assert.Equal("final", $"{At(compose, "services", "label", "build", "target")}");
        Assert.EndsWith("Manifests/Label", $"{At(compose, "services", "label", "build", "context")}");
        Assert.Equal("Dockerfile", $"{At(compose, "services", "label", "build", "dockerfile")}");
    }

    [Fact]
    public async Task A_manifest_with_an_error_is_one_line_and_writes_nothing()
    {
        var manifest = Path.Combine(_folder.FullName, "manifest.json");
        await File.WriteAllTextAsync(
            manifest,
            """{"resources": {"page": {"type": "project.v0", "path": "p", "env": {"A": "{api.bindings.http.url}"}}}}""",
            TestContext.Current.CancellationToken);
        var output = Path.Combine(_folder.FullName, "out");

        var (exitCode, said) = await DeployCommand.RunAsync("compose", "--manifest", manifest, "--output", output);

        Assert.Equal(
            (1, "page: {api.bindings.http.url} refers to api, and there is no such resource.\n"),
            (exitCode, said.ReplaceLineEndings("\n")));
        Assert.False(Directory.Exists(output));
    }

    [Theory]
    [InlineData("external", "REDIS")]
    [InlineData("container", "REDIS_PASSWORD")]
    public async Task Docker_compose_accepts_the_files_and_reports_a_missing_variable(string redis, string variable)
    {
        var program = Tools.Require("DOCKER_COMPOSE", "docker-compose");
        (await DeployCommand.RunAsync("compose", "--redis", redis, "--output", _folder.FullName)).Succeeded();

        File.Copy(Path.Combine(_folder.FullName, ".env.example"), Path.Combine(_folder.FullName, ".env"));
        var unfilled = await ConfigAsync();
        Assert.NotEqual(0, unfilled.ExitCode);
        Assert.Contains("set it in .env", unfilled.Output);

        await File.AppendAllTextAsync(
            Path.Combine(_folder.FullName, ".env"),
            $"{variable}=filled-in\n",
            TestContext.Current.CancellationToken);
        Assert.Contains("filled-in", (await ConfigAsync()).Succeeded());

        Task<Finished> ConfigAsync() =>
            Finished.RunAsync(program, ["config"], new Dictionary<string, string>(), _folder.FullName);
    }

    private string[] Lines(string file) => File.ReadAllLines(Path.Combine(_folder.FullName, file));

    private YamlNode Read()
    {
        var yaml = new YamlStream();
        yaml.Load(new StringReader(File.ReadAllText(Path.Combine(_folder.FullName, "compose.yaml"))));
        return yaml.Documents[0].RootNode;
    }

    private static YamlNode? At(YamlNode node, params string[] path) =>
        path.Aggregate(
            (YamlNode?)node,
            (at, key) => at is YamlMappingNode map && map.Children.TryGetValue(key, out var next) ? next : null);

    private static IEnumerable<string> Services(YamlNode compose) =>
        ((YamlMappingNode)At(compose, "services")!).Children.Keys.Select(key => $"{key}");

    private static IEnumerable<string> Texts(YamlNode compose, params string[] path) =>
        ((YamlSequenceNode)At(compose, path)!).Select(item => $"{item}");
}

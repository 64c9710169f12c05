using System.Globalization;
using System.Net;
using CacheDemo.Tests.Support;

namespace CacheDemo.Tests.Deploy;

/// <summary>One deployment at a time, on one machine with the images.</summary>
[CollectionDefinition]
[TestClassOrderer(typeof(WithoutImagesFirst))]
public sealed class DeployCollection : ICollectionFixture<ContainerMachine>;

[Collection<DeployCollection>]
public class ComposeWithContainer(DeployedWithContainer deployment, Chromium chromium)
    : ComposeRunTests(deployment, chromium), IClassFixture<DeployedWithContainer>
{
    [Fact]
    public Task Redis_notifies_keeps_nothing_on_disk_and_is_bounded() =>
        AssertSaysAsync(
            "redis",
            "--notify-keyspace-events Ex --save '' --maxmemory 256mb --maxmemory-policy volatile-lru");

    [Fact]
    public Task Redis_and_the_API_cannot_be_reached_from_outside() =>
        AssertUnreachableAsync(("redis", 6379), ("api", 8080));

    [Fact]
    public async Task Neither_Redis_nor_the_API_has_outbound_access()
    {
        foreach (var service in new[] { "redis", "api" })
            Assert.False(await HasRouteOutAsync(service), $"{service} has a default route");
        Assert.True(await HasRouteOutAsync("frontend"), "the page's host has no default route: the check sees nothing");
    }
}

[Collection<DeployCollection>]
public class ComposeWithElastiCache(DeployedWithElastiCache deployment, Chromium chromium)
    : ComposeRunTests(deployment, chromium), IClassFixture<DeployedWithElastiCache>;

/// <summary>The committed compose files, run.</summary>
public abstract class ComposeRunTests(Deployment deployment, Chromium chromium)
    : BrowserTests(chromium, amongContainers: true)
{
    private HttpClient Page => deployment.Page;

    [Fact]
    public async Task A_key_is_set_read_back_expires_and_is_gone()
    {
        var key = CacheClient.NewKey();
        Assert.Equal(
            HttpStatusCode.OK,
            (
                await Page.PostAsync(
                    "/api/set",
                    new
                    {
                        key,
                        value = "12345",
                        ttl = 2,
                    })
            ).Status);
        Assert.Equal(
            $$"""{"key":"{{key}}","value":"12345","source":"cache"}""",
            (await Page.GetAnswerAsync($"/api/get/{key}")).Body);

        await Eventually.TrueAsync(
            async () => (await Page.GetAnswerAsync($"/api/ttl/{key}")).Status == HttpStatusCode.NotFound,
            "it expires");

        var gone = await Page.GetAnswerAsync($"/api/get/{key}");
        Assert.Equal((HttpStatusCode.NotFound, """{"error":"Key not found"}"""), (gone.Status, gone.Body));
    }

    [Fact]
    public async Task A_person_sets_a_key_reads_it_watches_it_expire_and_finds_it_gone()
    {
        var page = await Browser.OpenAsync(Page.BaseAddress!);
        await page.JourneyAsync();
    }

    [Fact]
    public async Task Without_a_database_products_are_in_one_of_the_container_and_there_are_no_experiments()
    {
        // The first read creates the database, and on a busy machine may give up before.
        await Eventually.TrueAsync(() => Page.AnswersAsync("/api/products/1"), "products are there");
        var copies = await Page.GetAnswerAsync("/api/products/1/copies");
        Assert.Equal(1, copies["database"].GetProperty("id").GetInt32());
        Assert.Equal(HttpStatusCode.NotFound, (await Page.PostAsync("/api/lab/stampede", new { })).Status);
    }

    [Fact]
    public async Task Only_the_page_is_published()
    {
        foreach (var service in deployment.Services)
        {
            var published = await deployment.Machine.PodmanLinesAsync("port", deployment.Container(service));
            Assert.Equal(service == "frontend" ? [$"8080/tcp -> 0.0.0.0:{Page.BaseAddress!.Port}"] : [], published);
        }
    }

    [Fact]
    public async Task Every_process_runs_unprivileged()
    {
        foreach (var service in deployment.Services)
        {
            var processes = await deployment.Machine.PodmanLinesAsync("top", deployment.Container(service), "hpid");
            Assert.True(processes.Length > 1, $"{service} has no process");
            foreach (var process in processes[1..])
            {
                var status = (
                    await File.ReadAllLinesAsync($"/proc/{process}/status", TestContext.Current.CancellationToken))
                    .Select(line => line.Split(':', 2))
                    .ToDictionary(parts => parts[0], parts => parts[1].Trim());
                Assert.DoesNotContain("0", status["Uid"].Split('\t'));
                Assert.DoesNotContain("0", status["Gid"].Split('\t'));
                Assert.Equal(0, long.Parse(status["CapBnd"], NumberStyles.HexNumber, CultureInfo.InvariantCulture));
                Assert.Equal("1", status["NoNewPrivs"]);
            }
        }
    }

    [Fact]
    public async Task Only_temporary_file_systems_are_writable()
    {
        foreach (var service in deployment.Services)
        {
            // Of each mount: its path, whether it is writable, and the file system type, which follows a dash.
            var mounts = (
                await File.ReadAllLinesAsync(
                    $"/proc/{await deployment.ProcessAsync(service)}/mountinfo",
                    TestContext.Current.CancellationToken))
                .Select(line => line.Split(' '))
                .Select(fields =>
                    (
                        At: fields[4],
                        Writable: fields[5].Split(',').Contains("rw"),
                        Kind: fields[Array.IndexOf(fields, "-") + 1]))
                .ToArray();
            Assert.Contains(mounts, mount => mount is { At: "/", Writable: false });
            Assert.DoesNotContain(
                mounts,
                mount =>
                    mount
                        is {
                            Writable: true,
                            Kind: not ("tmpfs" or "proc" or "sysfs" or "cgroup" or "cgroup2" or "devpts" or "mqueue")
                        });
        }
    }

    [Fact]
    public async Task A_container_that_is_killed_is_restarted()
    {
        foreach (var service in deployment.Services)
        {
            var before = await deployment.ProcessAsync(service);
            System.Diagnostics.Process.GetProcessById(before).Kill();

            await Eventually.TrueAsync(
                async () => await deployment.ProcessAsync(service) is var now && now != 0 && now != before,
                $"{service} runs again");
            await deployment.AnswersAsync();
        }
    }

    [Fact]
    public async Task Down_removes_everything_and_up_starts_it_again()
    {
        await deployment.DownAsync();
        Assert.Empty(await deployment.Machine.PodmanLinesAsync("ps", "--all", "--quiet"));
        Assert.Empty(await deployment.Machine.PodmanLinesAsync("volume", "ls", "--quiet"));
        Assert.Equal(["podman"], await deployment.Machine.PodmanLinesAsync("network", "ls", "--format", "{{.Name}}"));

        await deployment.UpAsync();
        Assert.Equal(deployment.Services.Count, (await deployment.Machine.PodmanLinesAsync("ps", "--quiet")).Length);
    }

    /// <summary>The container was started by a command that has this in it.</summary>
    protected async Task AssertSaysAsync(string service, string words) =>
        Assert.Contains(
            words,
            await deployment.Machine.PodmanAsync(
                "inspect",
                "--format",
                "{{join .Config.Cmd \" \"}}",
                deployment.Container(service)));

    /// <summary>
    /// From a container in Podman's default network, which has routes to every network of this machine, the page can be
    /// reached and these services cannot.
    /// </summary>
    protected async Task AssertUnreachableAsync(params (string Service, int Port)[] services)
    {
        var stranger = (
            await deployment.Machine.PodmanAsync("run", "--detach", "docker.io/library/redis:8.6", "redis-server")
        ).Trim();
        try
        {
            var network = $"--net=/proc/{await InspectAsync(stranger, "{{.State.Pid}}")}/ns/net";
            var host = await InspectAsync(stranger, "{{.NetworkSettings.Gateway}}");
            Assert.True(
                await ConnectsAsync(network, host, Page.BaseAddress!.Port),
                "the page cannot be reached: the check sees nothing");
            foreach (var (service, port) in services)
            {
                var address = await InspectAsync(
                    deployment.Container(service),
                    "{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}");
                Assert.True(
                    await ConnectsAsync("--net=/proc/self/ns/net", address, port),
                    $"{service} is not at {address}:{port}: the check sees nothing");
                Assert.False(
                    await ConnectsAsync(network, address, port),
                    $"{service} can be reached at {address}:{port}");
            }
        }
        finally
        {
            await deployment.Machine.PodmanAsync("rm", "--force", stranger);
        }
    }

    /// <summary>Whether the service's container has outbound access.</summary>
    protected async Task<bool> HasRouteOutAsync(string service) =>
        (
            await File.ReadAllLinesAsync(
                $"/proc/{await deployment.ProcessAsync(service)}/net/route",
                TestContext.Current.CancellationToken)
        ).Any(line => line.Split('\t') is [_, "00000000", ..]);

    private async Task<string> InspectAsync(string container, string what) =>
        (await deployment.Machine.PodmanAsync("inspect", "--format", what, container)).Trim();

    // Programs of the host, in the container's network namespace. Dropped packets are never answered.
    private static async Task<bool> ConnectsAsync(string network, string address, int port) =>
        (
            await Finished.RunAsync(
                "nsenter",
                [network, "timeout", "5", "bash", "-c", $"</dev/tcp/{address}/{port}"],
                new Dictionary<string, string>(),
                "/")
        ).ExitCode == 0;
}

using System.Text.Json.Nodes;
using CacheDemo.Tests.Support;

namespace CacheDemo.Tests.Deploy;

/// <summary>The images, run as the task definitions of the AWS template say.</summary>
[Collection<DeployCollection>]
public class AwsContainerTests(ContainerMachine machine)
{
    [Theory]
    [InlineData("api")]
    [InlineData("frontend")]
    public Task A_container_starts_and_its_health_check_reports_it_healthy(string name) =>
        RunsAsync(name, Ports.Free(), async (task, running) =>
        {
            // CMD: as it is, without a shell.
            string[] check =
            [
                "exec",
                running,
                .. task["HealthCheck"]!["Command"]!.AsArray().Select(word => $"{word}").Skip(1),
            ];
            await Eventually.TrueAsync(
                async () => (await Finished.RunAsync("podman", check, machine.Environment, "/")).ExitCode == 0,
                $"{name} is alive",
                TimeSpan.FromSeconds(60),
                () => machine.PodmanAsync("logs", running).GetAwaiter().GetResult());
        });

    [Fact]
    public async Task Without_a_database_and_without_Redis_the_API_has_products()
    {
        var port = Ports.Free();
        await RunsAsync("api", port, async (_, running) =>
        {
            using var client = new HttpClient { BaseAddress = new Uri($"http://localhost:{port}") };
            await Eventually.TrueAsync(
                () => client.AnswersAsync("/products/1"),
                "a product is read from a database in the container",
                TimeSpan.FromSeconds(60),
                () => machine.PodmanAsync("logs", running).GetAwaiter().GetResult());
        });
    }

    private async Task RunsAsync(string name, int port, Func<JsonNode, string, Task> check)
    {
        var task = AwsTests.Container(AwsTests.Stack("ImageRegistry=registry.example.com"), name);
        var environment = AwsTests
            .EnvironmentOf(task)
            .Select(variable =>
                variable.Value.StartsWith("rediss:", StringComparison.Ordinal)
                    ? $"--env={variable.Key}=rediss://localhost:1"
                    : $"--env={variable.Key}={variable.Value}");
        var running = $"task-{name}";
        var registry = await machine.RegistryAsync();
        await machine.PodmanAsync([
            "run",
            "--detach",
            $"--name={running}",
            $"--publish=127.0.0.1:{port}:8080",
            "--read-only-tmpfs=false",
            $"--read-only={task["ReadonlyRootFilesystem"]}",
            $"--user={task["User"]}",
            .. task["LinuxParameters"]!["Capabilities"]!["Drop"]!
                .AsArray()
                .Select(capability => $"--cap-drop={capability}"),
            .. task["LinuxParameters"]!["Tmpfs"]!
                .AsArray()
                .Select(folder => $"--tmpfs={folder!["ContainerPath"]}:size={folder["Size"]}m"),
            .. environment,
            $"{task["Image"]}".Replace("registry.example.com/", registry, StringComparison.Ordinal)]);
        try
        {
            await check(task, running);
        }
        finally
        {
            await machine.PodmanAsync("rm", "--force", "--time=0", running);
        }
    }
}

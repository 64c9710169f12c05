using CacheDemo.Tests.Support;

namespace CacheDemo.Tests.Deploy;

/// <summary>The images, run as the task definitions of the AWS template say.</summary>
[Collection<DeployCollection>]
public class AwsContainerTests(ContainerMachine machine)
{
    [Theory]
    [InlineData("api")]
    [InlineData("frontend")]
    public async Task A_container_starts_and_its_health_check_reports_it_healthy(string name)
    {
        var task = AwsTests.Container(AwsTests.Stack("ImageRegistry=registry.example.com"), name);
        var environment = AwsTests
            .EnvironmentOf(task)
            .Select(variable =>
                variable.Value.StartsWith("rediss:", StringComparison.Ordinal)
                    ? $"--env={variable.Key}=rediss://localhost:1"
                    : $"--env={variable.Key}={variable.Value}");
        var running = $"task-{name}";
        await machine.PodmanAsync([
            "run",
            "--detach",
            $"--name={running}",
            "--network=none",
            "--read-only-tmpfs=false",
            $"--read-only={task["ReadonlyRootFilesystem"]}",
            $"--user={task["User"]}",
            .. task["LinuxParameters"]!["Capabilities"]!["Drop"]!
                .AsArray()
                .Select(capability => $"--cap-drop={capability}"),
            .. environment,
            $"{task["Image"]}".Replace("registry.example.com/", machine.Registry, StringComparison.Ordinal)]);
        try
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
        }
        finally
        {
            await machine.PodmanAsync("rm", "--force", "--time=0", running);
        }
    }
}

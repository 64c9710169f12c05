using CacheDemo.Tests.Support;

namespace CacheDemo.Tests.AppHost;

/// <summary>An option that a service cannot take: one line says which, from the service and from the AppHost.</summary>
public class OptionTests
{
    [Theory]
    [InlineData("CacheDemo.Api", "Cache__DefaultTtl", "none", "Cache:DefaultTtl")]
    [InlineData("CacheDemo.Api", "Cache__MaxValueBytes", "0", "MaxValueBytes")]
    [InlineData("CacheDemo.Api", "Feed__MaxViewers", "many", "Feed:MaxViewers")]
    [InlineData("CacheDemo.Api", "Cors__AllowedOrigins", "page.example", "Cors:AllowedOrigins=page.example is not an origin")]
    [InlineData("CacheDemo.Frontend", "RateLimit__Burst", "x", "RateLimit:Burst")]
    [InlineData("CacheDemo.Garnet", "Garnet__MemoryMiB", "100", "Garnet:MemoryMiB must be a power of two from 64 to 65536")]
    public async Task A_service_says_in_one_line_which_option_it_cannot_take_and_ends(string project, string option, string value, string says)
    {
        var (exitCode, output) = await ServiceProcess.FailToStartAsync(project, (option, value));
        Assert.Equal(1, exitCode);
        Assert.Contains(says, Assert.Single(output.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)));
    }

    [Fact]
    public async Task The_AppHost_says_which_resource_failed_and_why()
    {
        await using var appHost = CommandLine.StartAppHost(
            null, "--Redis:Mode=embedded", "--Cache:DefaultTtl=none", $"--Frontend:Port={Ports.Free()}", $"--Api:Port={Ports.Free()}");
        await Eventually.TrueAsync(
            () => Task.FromResult(appHost.Output.Contains("api        ended with exit code 1.", StringComparison.Ordinal)),
            "the failure is on the console", TimeSpan.FromSeconds(90), () => appHost.Output);
        Assert.Contains("'none' at 'Cache:DefaultTtl'", appHost.Output);
    }
}

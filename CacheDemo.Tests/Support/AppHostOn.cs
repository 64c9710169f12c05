using Aspire.Hosting;
using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Testing;

namespace CacheDemo.Tests.Support;

/// <summary>
/// The system on an engine of its own, started by the AppHost, which is configured for that engine.
/// </summary>
public sealed class AppHostOn<TEngine> : IAsyncLifetime where TEngine : Engine, new()
{
    public TEngine Engine { get; } = new();

    public AppHostDemo Demo { get; private set; } = null!;

    public async ValueTask InitializeAsync()
    {
        await Engine.StartAsync();
        string[] options =
        [
            $"--ConnectionStrings:redis={Engine.ConnectionString}",
            .. Engine.Settings.Select(setting => $"--{setting.Key}={setting.Value}"),
        ];
        Demo = await AppHostDemo.StartAsync(Surround, options);
    }

    public async ValueTask DisposeAsync()
    {
        if (Demo is not null)
            await Demo.DisposeAsync();
        await Engine.DisposeAsync();
    }

    private void Surround(IDistributedApplicationTestingBuilder system)
    {
        foreach (var (name, value) in Engine.Surroundings)
            system.CreateResourceBuilder<ProjectResource>("api").WithEnvironment(name, value);
    }
}

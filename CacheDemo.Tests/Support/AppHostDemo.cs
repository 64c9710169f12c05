using System.Runtime.CompilerServices;
using Aspire.Hosting;
using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Testing;
using Microsoft.Extensions.DependencyInjection;

namespace CacheDemo.Tests.Support;

/// <summary>The system as its AppHost starts it on free ports: processes, and the orchestrator's proxies.</summary>
public sealed class AppHostDemo : Demo
{
    private static readonly TimeSpan StartTimeout = TimeSpan.FromMinutes(2);

    private readonly DistributedApplication _app;

    private AppHostDemo(DistributedApplication app, DashboardApi? dashboard)
        : base(app.CreateHttpClient("frontend", "http"), app.CreateHttpClient("api", "http"))
    {
        Dashboard = dashboard;
        _app = app;
    }

    /// <summary>The dashboard, in a system that was started with one.</summary>
    public DashboardApi? Dashboard { get; }

    // Aspire gives its services free ports from 10,000 on, before they listen: a test could take one in the meantime.
    [ModuleInitializer]
    internal static void KeepPortsApart() =>
        Environment.SetEnvironmentVariable("ASPIRE_PROXYLESS_ENDPOINT_PORT_RANGE", Ports.Others);

    /// <summary>Starts the system and waits until the page is served.</summary>
    public static Task<AppHostDemo> StartAsync(params string[] args) => StartAsync(configure: null, args);

    /// <summary>
    /// Starts the system, after the test has configured what the AppHost built, and waits until the page is served.
    /// </summary>
    public static async Task<AppHostDemo> StartAsync(
        Action<IDistributedApplicationTestingBuilder>? configure,
        params string[] args)
    {
        var builder = await DistributedApplicationTestingBuilder.CreateAsync<Projects.CacheDemo_AppHost>(
            args,
            TestContext.Current.CancellationToken);
        configure?.Invoke(builder);
        return await StartAsync(builder, (_, _) => Task.FromResult<DashboardApi?>(null));
    }

    /// <summary>
    /// Starts the system with the Aspire dashboard, and waits until the page is served and the dashboard is healthy.
    /// </summary>
    public static async Task<AppHostDemo> StartWithDashboardAsync(params string[] args)
    {
        var key = $"{Guid.NewGuid():n}";
        var builder = await DistributedApplicationTestingBuilder.CreateAsync<Projects.CacheDemo_AppHost>(
            new DistributedApplicationTestingBuilderOptions { EnableDashboard = true },
            [.. args, $"--AppHost:DashboardApiKey={key}"], TestContext.Current.CancellationToken);
        return await StartAsync(
            builder,
            async (app, timeout) => new DashboardApi(await app.GetDashboardUrlAsync(timeout), key));
    }

    private static async Task<AppHostDemo> StartAsync(
        IDistributedApplicationTestingBuilder builder,
        Func<DistributedApplication, CancellationToken, Task<DashboardApi?>> dashboard)
    {
        var app = await builder.BuildAsync();
        try
        {
            using var timeout = new CancellationTokenSource(StartTimeout);
            await app.StartAsync(timeout.Token);
            await app.ResourceNotifications.WaitForResourceHealthyAsync("frontend", timeout.Token);
            return new AppHostDemo(app, await dashboard(app, timeout.Token));
        }
        catch
        {
            await app.DisposeAsync();
            throw;
        }
    }

    /// <summary>Executes the command of a resource, as the dashboard does.</summary>
    public async Task CommandAsync(string resource, string command)
    {
        var model = _app.Services.GetRequiredService<DistributedApplicationModel>();
        var result = await _app.ResourceCommands.ExecuteCommandAsync(
            model.Resources.Single(other => other.Name == resource), command, TestContext.Current.CancellationToken);
        Assert.True(result.Success, result.Message);
    }

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        Dashboard?.Dispose();
        await _app.DisposeAsync();
    }
}

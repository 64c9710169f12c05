using System.Runtime.InteropServices;
using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Eventing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Aspire.Hosting;

/// <summary>An application of several processes.</summary>
public class DistributedApplication(IHost host) : IHost, IAsyncDisposable
{
    /// <summary>Starts to build an application.</summary>
    public static IDistributedApplicationBuilder CreateBuilder(string[] args) =>
        CreateBuilder(new DistributedApplicationOptions { Args = args });

    /// <summary>Starts to build an application.</summary>
    public static IDistributedApplicationBuilder CreateBuilder(DistributedApplicationOptions options) =>
        new DistributedApplicationBuilder(options);

    /// <inheritdoc />
    public IServiceProvider Services => host.Services;

    /// <summary>Knows how the resources are.</summary>
    public ResourceNotificationService ResourceNotifications =>
        Services.GetRequiredService<ResourceNotificationService>();

    /// <summary>Executes commands of resources.</summary>
    public ResourceCommandService ResourceCommands => Services.GetRequiredService<ResourceCommandService>();

    /// <summary>Whether the process is there for the application alone; in a test it is not.</summary>
    internal bool OwnsProcess { get; init; }

    /// <summary>Runs the application until it is stopped.</summary>
    public void Run() => RunAsync().GetAwaiter().GetResult();

    /// <summary>Runs the application until it is stopped.</summary>
    public virtual async Task RunAsync(CancellationToken cancellationToken = default)
    {
        var lifetime = Services.GetRequiredService<IHostApplicationLifetime>();
        using var closedTerminal = PosixSignalRegistration.Create(PosixSignal.SIGHUP, signal =>
        {
            signal.Cancel = true;
            lifetime.StopApplication();
        });

        try
        {
            await StartAsync(cancellationToken);
            await host.WaitForShutdownAsync(cancellationToken);
        }
        catch (OperationCanceledException) when (lifetime.ApplicationStopping.IsCancellationRequested)
        {
            await host.StopAsync(CancellationToken.None);
        }
        catch (DistributedApplicationException failure) when (OwnsProcess)
        {
            await Console.Error.WriteLineAsync(failure.Message);
            Environment.Exit(1);
        }

        // The log is written in the background: what is still to be written would be lost with the process.
        if (OwnsProcess)
            await DisposeAsync();
    }

    /// <summary>Starts the application.</summary>
    public virtual async Task StartAsync(CancellationToken cancellationToken = default)
    {
        var model = Services.GetRequiredService<DistributedApplicationModel>();
        RefuseWhatIsMissing(model);
        Services.GetRequiredService<ILoggerFactory>().CreateLogger("Aspire.Hosting")
            .LogInformation("This is the offline stand-in for Aspire: no dashboard, no containers, no publishing.");

        var eventing = Services.GetRequiredService<IDistributedApplicationEventing>();
        await eventing.PublishAsync(new BeforeStartEvent(Services, model), cancellationToken);
        await host.StartAsync(cancellationToken);
    }

    /// <summary>Stops the application and all its processes.</summary>
    public virtual Task StopAsync(CancellationToken cancellationToken = default) => host.StopAsync(cancellationToken);

    /// <inheritdoc />
    public virtual void Dispose()
    {
        host.Dispose();
        GC.SuppressFinalize(this);
    }

    /// <inheritdoc />
    public virtual ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        return ((IAsyncDisposable)host).DisposeAsync();
    }

    private void RefuseWhatIsMissing(DistributedApplicationModel model)
    {
        if (Services.GetRequiredService<DistributedApplicationExecutionContext>().IsPublishMode)
        {
            throw new DistributedApplicationException(
                "The offline stand-in for Aspire cannot publish: set AspireFrom=nuget, where a feed has Aspire.");
        }

        if (model.Resources.OfType<ContainerResource>().FirstOrDefault() is { } container)
        {
            throw new DistributedApplicationException(
                $"The offline stand-in for Aspire cannot start containers, and {container.Name} is one.");
        }
    }
}

using System.Reflection;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Aspire.Hosting.Testing;

/// <summary>The entry point of an AppHost, run on its own thread; it waits where it builds its application.</summary>
internal sealed class AppHostRun(
    Assembly appHost, string[] args, Action<DistributedApplicationOptions, HostApplicationBuilderSettings> configure)
    : EntryPointHook, IAsyncDisposable
{
    private const TaskCreationOptions OffThisThread = TaskCreationOptions.RunContinuationsAsynchronously;

    private readonly TaskCompletionSource<DistributedApplicationBuilder> _builder = new(OffThisThread);
    private readonly TaskCompletionSource<bool> _mayBuild = new(OffThisThread);
    private readonly TaskCompletionSource<DistributedApplication> _application = new(OffThisThread);
    private readonly TaskCompletionSource _started = new(OffThisThread);
    private readonly TaskCompletionSource _exited = new(OffThisThread);

    /// <summary>Runs the entry point until it builds its application.</summary>
    public Task<DistributedApplicationBuilder> StartAsync()
    {
        new Thread(RunEntryPoint) { IsBackground = true, Name = $"{appHost.GetName().Name}.EntryPoint" }.Start();
        return _builder.Task;
    }

    /// <summary>Lets the entry point build its application. It goes on and runs it.</summary>
    public Task<DistributedApplication> BuildAsync()
    {
        _mayBuild.TrySetResult(true);
        return _application.Task;
    }

    /// <summary>Completes once the application has started.</summary>
    public Task StartedAsync() => _started.Task;

    /// <summary>Completes once the entry point has returned.</summary>
    public Task ExitedAsync() => _exited.Task;

    public override void Constructing(DistributedApplicationOptions options, HostApplicationBuilderSettings settings)
    {
        TestDefaults.Before(appHost, args, options, settings);
        configure(options, settings);
        TestDefaults.After(appHost, settings);
    }

    public override void Building(DistributedApplicationBuilder builder)
    {
        _builder.TrySetResult(builder);
        if (!_mayBuild.Task.GetAwaiter().GetResult())
            throw new OperationCanceledException("The test does not build the application.");
    }

    public override void Built(DistributedApplication application)
    {
        LifetimeOf(application).ApplicationStarted.Register(() => _started.TrySetResult());
        _application.TrySetResult(application);
    }

    /// <summary>Stops the application and waits until its entry point has returned.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_mayBuild.TrySetResult(false))
        {
            await _exited.Task;
            return;
        }

        if (_application.Task.IsCompletedSuccessfully)
        {
            var application = await _application.Task;
            if (!_exited.Task.IsCompleted)
                LifetimeOf(application).StopApplication();

            await _exited.Task;
            await application.DisposeAsync();
        }
    }

    private static IHostApplicationLifetime LifetimeOf(DistributedApplication application) =>
        application.Services.GetRequiredService<IHostApplicationLifetime>();

    private void RunEntryPoint()
    {
        Current.Value = this;
        try
        {
            var entryPoint = appHost.EntryPoint
                ?? throw new InvalidOperationException($"{appHost.GetName().Name} has no entry point.");
            entryPoint.Invoke(null, entryPoint.GetParameters() is [] ? [] : [args]);
            Fail(new InvalidOperationException("The entry point exited without building a DistributedApplication."));
        }
        catch (Exception failure)
        {
            Fail(failure is TargetInvocationException { InnerException: { } inner } ? inner : failure);
        }
        finally
        {
            _exited.TrySetResult();
        }
    }

    /// <summary>What was not reached by now never will be.</summary>
    private void Fail(Exception failure)
    {
        _builder.TrySetException(failure);
        _application.TrySetException(failure);
        _started.TrySetException(failure);
    }
}

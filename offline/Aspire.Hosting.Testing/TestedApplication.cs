namespace Aspire.Hosting.Testing;

/// <summary>An application that its AppHost's entry point runs; the test waits until it is up, and ends it.</summary>
internal sealed class TestedApplication(AppHostRun run, DistributedApplication application)
    : DistributedApplication(application)
{
    public override Task StartAsync(CancellationToken cancellationToken = default) =>
        run.StartedAsync().WaitAsync(cancellationToken);

    public override async Task RunAsync(CancellationToken cancellationToken = default)
    {
        await StartAsync(cancellationToken);
        await run.ExitedAsync().WaitAsync(cancellationToken);
    }

    public override Task StopAsync(CancellationToken cancellationToken = default) =>
        run.DisposeAsync().AsTask().WaitAsync(cancellationToken);

    public override ValueTask DisposeAsync() => run.DisposeAsync();

    public override void Dispose() => DisposeAsync().AsTask().GetAwaiter().GetResult();
}

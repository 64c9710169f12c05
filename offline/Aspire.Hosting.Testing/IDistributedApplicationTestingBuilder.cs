namespace Aspire.Hosting.Testing;

/// <summary>An AppHost whose entry point has come to building its application, and waits there.</summary>
public interface IDistributedApplicationTestingBuilder : IDistributedApplicationBuilder, IAsyncDisposable, IDisposable
{
    /// <summary>Lets the AppHost build its application.</summary>
    Task<DistributedApplication> BuildAsync(CancellationToken cancellationToken = default);
}

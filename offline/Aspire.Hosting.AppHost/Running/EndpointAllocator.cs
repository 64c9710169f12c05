using Aspire.Hosting.ApplicationModel;
using Microsoft.Extensions.Configuration;

namespace Aspire.Hosting.Running;

/// <summary>Decides where the resources listen.</summary>
internal sealed class EndpointAllocator(IConfiguration configuration) : IDisposable
{
    private readonly bool _randomizes = configuration.GetValue<bool>("DcpPublisher:RandomizePorts");
    private readonly List<RoundRobinProxy> _proxies = [];

    /// <summary>
    /// Gives each endpoint its port. A single process listens there itself; before several listens a proxy.
    /// </summary>
    public void Allocate(IResource resource, int replicas)
    {
        foreach (var endpoint in resource.Annotations.OfType<EndpointAnnotation>())
        {
            var port = (_randomizes ? null : endpoint.Port) ?? FreePorts.Take();
            endpoint.AllocatedEndpoint = new AllocatedEndpoint(endpoint, "localhost", port);
            endpoint.ReplicaPorts = [port];

            if (replicas > 1)
            {
                endpoint.ReplicaPorts = [.. Enumerable.Range(0, replicas).Select(_ => FreePorts.Take())];
                _proxies.Add(new RoundRobinProxy(port, endpoint.ReplicaPorts));
            }
        }
    }

    public void Dispose() => _proxies.ForEach(p => p.Dispose());
}

using System.Net;
using System.Net.Sockets;
using Garnet;
using Garnet.common;
using Garnet.server;
using Microsoft.Extensions.Options;

namespace CacheDemo.Garnet;

/// <summary>Microsoft.Garnet, a Redis-compatible server, in this process and on loopback only.</summary>
internal sealed class EmbeddedServer(
    IOptions<EmbeddedServerOptions> options, ILoggerFactory loggers, ILogger<EmbeddedServer> logger) : IHostedService
{
    private GarnetServer? _server;

    public Task StartAsync(CancellationToken cancellationToken)
    {
        var endpoint = new IPEndPoint(IPAddress.Loopback, options.Value.Port);
        try
        {
            _server = new GarnetServer(
                new GarnetServerOptions
                {
                    EndPoints = [endpoint],
                    QuietMode = true,
                    LogMemorySize = $"{options.Value.MemoryMiB}m",
                    // An entry must fit into a page: a value of 1 MiB and its key.
                    PageSize = "4m",
                    IndexMemorySize = "8m",
                    ExpiredKeyDeletionScanFrequencySecs = 1, // readers never see an expired key, deleted or not
                },
                loggers);
            _server.Start();
        }
        catch (Exception e) when (e is SocketException or GarnetException)
        {
            throw new StartException(
                $"The embedded server cannot listen on {endpoint}: {e.GetBaseException().Message}.",
                e);
        }

        logger.LogInformation(
            "Garnet {Version} listens on {Endpoint}, {Memory} MiB",
            typeof(GarnetServer).Assembly.GetName().Version,
            endpoint,
            options.Value.MemoryMiB);
        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken)
    {
        _server?.Dispose();
        return Task.CompletedTask;
    }
}

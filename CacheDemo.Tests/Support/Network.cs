using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;

namespace CacheDemo.Tests.Support;

/// <summary>
/// The network between the API and its Redis, for what goes wrong there: every connection passes through a port of its
/// own.
/// </summary>
public sealed class Network : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly ConcurrentDictionary<Connection, Task> _connections = new();
    private int _to;

    private Network(int to)
    {
        _to = to;
        _listener.Start();
        _ = AcceptAsync();
    }

    /// <summary>The port that forwards to the server.</summary>
    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    /// <summary><c>localhost:port</c>: a name, for which certificates can be issued.</summary>
    public string Endpoint => $"localhost:{Port}";

    /// <summary>The delay of everything from the server.</summary>
    public TimeSpan Delay { get; set; }

    /// <summary>Whether new connections are closed at once.</summary>
    public bool Resets { get; set; }

    public static Network To(RedisServer server) => new(server.Port);

    /// <summary>
    /// New connections go to another server, as after a DNS change; existing ones stay.
    /// </summary>
    public void Lead(RedisServer server) => _to = server.Port;

    /// <summary>Closes all connections.</summary>
    public void Reset()
    {
        foreach (var connection in _connections.Keys)
            connection.Reset();
    }

    /// <summary>
    /// Existing connections stay open and nothing gets through them any more, as when a firewall dropped their state.
    /// New ones work.
    /// </summary>
    public void Forget()
    {
        foreach (var connection in _connections.Keys)
            connection.Forgotten = true;
    }

    public async ValueTask DisposeAsync()
    {
        _listener.Dispose();
        Reset();
        await Task.WhenAll(_connections.Values);
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                var connection = new Connection(await _listener.AcceptSocketAsync(), this);
                if (Resets)
                    connection.Reset();
                else
                    _connections[connection] = connection.RunAsync(_to);
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException or OperationCanceledException)
        {
            // The test is over.
        }
    }

    private sealed class Connection(Socket client, Network network)
    {
        private readonly Socket _server = new(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };

        public bool Forgotten { get; set; }

        public async Task RunAsync(int port)
        {
            client.NoDelay = true;
            try
            {
                await _server.ConnectAsync(IPAddress.Loopback, port);
                await Task.WhenAny(
                    PassAsync(client, _server, delayed: false),
                    PassAsync(_server, client, delayed: true));
            }
            catch (SocketException)
            {
                // Nothing listens there: the client's connection is closed.
            }

            if (!Forgotten)
                Reset();
        }

        public void Reset()
        {
            client.Close(timeout: 0);
            _server.Dispose();
        }

        private async Task PassAsync(Socket from, Socket to, bool delayed)
        {
            var buffer = new byte[64 * 1024];
            try
            {
                while (await from.ReceiveAsync(buffer) is > 0 and var count)
                {
                    if (delayed && network.Delay > TimeSpan.Zero)
                        await Task.Delay(network.Delay);
                    if (!Forgotten)
                        await to.SendAsync(buffer.AsMemory(0, count));
                }
            }
            catch (Exception e) when (e is SocketException or ObjectDisposedException)
            {
                // One side is closed: the other is closed too.
            }
        }
    }
}

using System.Net;
using System.Net.Sockets;

namespace Aspire.Hosting.Running;

/// <summary>Hands connections to the replicas of a resource in turn.</summary>
internal sealed class RoundRobinProxy : IDisposable
{
    private readonly IReadOnlyList<int> _replicaPorts;
    private readonly List<TcpListener> _listeners = [];
    private readonly CancellationTokenSource _stopping = new();
    private int _next;

    /// <summary>Listens on both loopback addresses.</summary>
    public RoundRobinProxy(int port, IReadOnlyList<int> replicaPorts)
    {
        _replicaPorts = replicaPorts;
        Listen(IPAddress.Loopback, port);
        if (FreePorts.HasIPv6)
            Listen(IPAddress.IPv6Loopback, port);
    }

    public void Dispose()
    {
        _stopping.Cancel();
        _listeners.ForEach(l => l.Dispose());
    }

    private void Listen(IPAddress address, int port)
    {
        var listener = new TcpListener(address, port);
        listener.Start();
        _listeners.Add(listener);
        _ = AcceptAsync(listener);
    }

    private async Task AcceptAsync(TcpListener listener)
    {
        try
        {
            while (true)
                _ = CarryAsync(await listener.AcceptSocketAsync(_stopping.Token));
        }
        catch (Exception) when (_stopping.IsCancellationRequested)
        {
            // No more connections.
        }
    }

    private async Task CarryAsync(Socket client)
    {
        using (client)
        using (var replica = await ConnectAsync())
        {
            if (replica is not null)
                await Task.WhenAll(CopyAsync(client, replica), CopyAsync(replica, client));
        }
    }

    private async Task<Socket?> ConnectAsync()
    {
        for (var attempt = 0; attempt < _replicaPorts.Count; attempt++)
        {
            var port = _replicaPorts[(int)((uint)Interlocked.Increment(ref _next) % _replicaPorts.Count)];
            var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            try
            {
                await socket.ConnectAsync(IPAddress.Loopback, port, _stopping.Token);
                return socket;
            }
            catch (Exception failure) when (failure is SocketException or OperationCanceledException)
            {
                socket.Dispose();
            }
        }

        return null;
    }

    private async Task CopyAsync(Socket from, Socket to)
    {
        try
        {
            to.NoDelay = true;
            await new NetworkStream(from).CopyToAsync(new NetworkStream(to), _stopping.Token);
            to.Shutdown(SocketShutdown.Send);
        }
        catch (Exception failure)
            when (failure is IOException or SocketException or ObjectDisposedException or OperationCanceledException)
        {
            // One side is gone, and so is the connection.
            from.Dispose();
            to.Dispose();
        }
    }
}

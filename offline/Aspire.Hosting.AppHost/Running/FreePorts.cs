using System.Net;
using System.Net.Sockets;

namespace Aspire.Hosting.Running;

/// <summary>Ports that nobody uses.</summary>
internal static class FreePorts
{
    // Below the ranges that systems take the ports of outgoing connections from: such a port would not stay free
    // until the process that is told to listen on it does.
    private const int First = 20_000, Last = 32_000;

    private static readonly HashSet<int> Taken = [];

    /// <summary>Takes a port that is free on both loopback addresses and not given to anyone else in this process.</summary>
    public static int Take()
    {
        lock (Taken)
        {
            while (true)
            {
                var port = Random.Shared.Next(First, Last);
                if (!Taken.Contains(port) && IsFree(IPAddress.Loopback, port) && (!Socket.OSSupportsIPv6 || IsFree(IPAddress.IPv6Loopback, port)))
                {
                    Taken.Add(port);
                    return port;
                }
            }
        }
    }

    private static bool IsFree(IPAddress address, int port)
    {
        try
        {
            using var listener = new TcpListener(address, port);
            listener.Start();
            return true;
        }
        catch (SocketException failure)
        {
            return failure.SocketErrorCode is SocketError.AddressNotAvailable;
        }
    }
}

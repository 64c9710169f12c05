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

    /// <summary>Whether there is an IPv6 loopback address: a machine may know IPv6 and have it switched off.</summary>
    public static bool HasIPv6 { get; } = IsFree(IPAddress.IPv6Loopback, port: 0);

    /// <summary>Takes a port that is free on both loopback addresses and not yet given to anyone.</summary>
    public static int Take()
    {
        lock (Taken)
        {
            while (true)
            {
                var port = Random.Shared.Next(First, Last);
                var isFree = IsFree(IPAddress.Loopback, port) && (!HasIPv6 || IsFree(IPAddress.IPv6Loopback, port));
                if (isFree && Taken.Add(port))
                    return port;
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
        catch (SocketException)
        {
            return false;
        }
    }
}

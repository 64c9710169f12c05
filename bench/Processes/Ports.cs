using System.Net;
using System.Net.Sockets;

namespace CacheDemo.Bench.Processes;

/// <summary>Ports of this machine.</summary>
internal static class Ports
{
    // Linux gives ports from 32,768 to clients and to whoever asks for any: they could take one of those before it is
    // used. The bus of a node of a cluster has the node's port and 10,000. Browsers refuse 10,080.
    private const int First = 10_101, Count = 2_399, Bus = 10_000, Ephemeral = 32_768;

    private static readonly HttpClient Client = new() { Timeout = TimeSpan.FromSeconds(2) };
    private static int _last = Random.Shared.Next(Count);

    /// <summary>Those above, for programs that choose their own: "22500-32767".</summary>
    public static string Others => $"{First + Count + Bus}-{Ephemeral - 1}";

    /// <summary>
    /// A free one, another each time. Connections to it arrive: the rules that a container has left behind lead them
    /// elsewhere, though nothing listens on its port.
    /// </summary>
    public static int Free()
    {
        while (true)
        {
            var port = First + (int)((uint)Interlocked.Increment(ref _last) % Count);
            try
            {
                using var listener = new TcpListener(IPAddress.Loopback, port);
                listener.Start();
                using var client = new Socket(SocketType.Stream, ProtocolType.Tcp) { LingerState = new(true, 0) };
                Task.WaitAny([client.ConnectAsync(IPAddress.Loopback, port)], TimeSpan.FromSeconds(1));
                if (!listener.Pending())
                    continue;
                listener.AcceptSocket().Dispose();
                return port;
            }
            catch (SocketException e) when (e.SocketErrorCode is SocketError.AddressAlreadyInUse)
            {
                // The next one.
            }
        }
    }

    /// <summary>Whether something listens on it.</summary>
    public static async Task<bool> AnswersAsync(int port)
    {
        try
        {
            using var socket = new TcpClient();
            await socket.ConnectAsync(IPAddress.Loopback, port);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }

    /// <summary>Whether a GET is answered with 2xx.</summary>
    public static async Task<bool> AnswersAsync(string url)
    {
        try
        {
            using var response = await Client.GetAsync(url);
            return response.IsSuccessStatusCode;
        }
        catch (Exception e) when (e is HttpRequestException or TaskCanceledException)
        {
            return false;
        }
    }
}

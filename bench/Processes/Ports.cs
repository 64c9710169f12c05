using System.Net;
using System.Net.Sockets;

namespace CacheDemo.Bench.Processes;

/// <summary>Ports of this machine.</summary>
internal static class Ports
{
    private static readonly HttpClient Client = new() { Timeout = TimeSpan.FromSeconds(2) };

    /// <summary>A free one.</summary>
    public static int Free()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
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

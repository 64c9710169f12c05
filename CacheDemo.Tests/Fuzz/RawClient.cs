using System.Net;
using System.Net.Sockets;
using System.Text;

namespace CacheDemo.Tests.Fuzz;

/// <summary>Sends bytes to a port, and reads only the status of the response.</summary>
internal static class RawClient
{
    private const int LongestStatus = 4096;

    /// <summary>The status; null where the other side closed the connection without one.</summary>
    /// <exception cref="OperationCanceledException">Neither happened in time.</exception>
    public static async Task<int?> SendAsync(int port, RawRequest request, TimeSpan timeout)
    {
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        deadline.CancelAfter(timeout);
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(IPAddress.Loopback, port, deadline.Token);
        // Gone at once when done, as there are thousands.
        socket.LingerState = new LingerOption(enable: true, seconds: 0);

        var sending = SendAsync(socket, request, deadline.Token);
        var status = await StatusAsync(socket, deadline.Token);
        await sending;
        return status;
    }

    private static async Task SendAsync(Socket socket, RawRequest request, CancellationToken cancellation)
    {
        try
        {
            ReadOnlyMemory<byte> rest = Latin1.Bytes(request.Text);
            while (!rest.IsEmpty)
                rest = rest[await socket.SendAsync(rest, cancellation)..];
            if (!request.Whole)
                socket.Shutdown(SocketShutdown.Send);
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // The other side has received enough; its response counts.
        }
    }

    private static async Task<int?> StatusAsync(Socket socket, CancellationToken cancellation)
    {
        var buffer = new byte[LongestStatus];
        var length = 0;
        try
        {
            while (length < buffer.Length)
            {
                var read = await socket.ReceiveAsync(buffer.AsMemory(length), cancellation);
                if (read == 0)
                    return null;
                length += read;
                if (Status(Encoding.Latin1.GetString(buffer, 0, length)) is { } status)
                    return status;
            }
        }
        catch (SocketException)
        {
            return null;
        }

        throw new InvalidDataException(Encoding.Latin1.GetString(buffer));
    }

    // "HTTP/1.1 200 OK", after any number of "HTTP/1.1 100 Continue" with an empty line each.
    private static int? Status(string answer)
    {
        while (
            answer.StartsWith("HTTP/1.1 1", StringComparison.Ordinal)
            && answer.IndexOf("\r\n\r\n", StringComparison.Ordinal) is > 0 and var end)
            answer = answer[(end + 4)..];
        return answer.Length >= 12 && !answer.StartsWith("HTTP/1.1 1", StringComparison.Ordinal)
            ? int.Parse(answer.AsSpan(9, 3))
            : null;
    }
}

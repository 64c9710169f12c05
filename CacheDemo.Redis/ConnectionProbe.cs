using System.Net.Sockets;
using System.Text;
using StackExchange.Redis;

namespace CacheDemo.Redis;

/// <summary>
/// Finds out over a plain socket why a server cannot be connected to: StackExchange.Redis reports many reasons as
/// UnableToConnect.
/// </summary>
internal static class ConnectionProbe
{
    /// <summary>A reply is cut off after so many characters.</summary>
    private const int MaxReplyLength = 200;

    /// <summary>An error that Redis sends on its own, such as too many clients, arrives at once.</summary>
    private static readonly TimeSpan GreetingTimeout = TimeSpan.FromMilliseconds(200);

    /// <summary>The reason why the first endpoint cannot be used, as a phrase for the log.</summary>
    public static async Task<string> DiagnoseAsync(ConfigurationOptions options)
    {
        using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
        using var timeout = new CancellationTokenSource(options.ConnectTimeout);
        try
        {
            await socket.ConnectAsync(options.EndPoints[0], timeout.Token);
        }
        catch (OperationCanceledException)
        {
            return "there is no way to its address: another network, or a security group";
        }
        catch (SocketException e)
        {
            return e.SocketErrorCode switch
            {
                SocketError.ConnectionRefused => "nothing listens at its address",
                SocketError.HostNotFound or SocketError.NoData or SocketError.TryAgain => "its host name is not known",
                _ => $"its address cannot be reached ({e.SocketErrorCode})",
            };
        }

        var reply = await ReadAsync(socket, GreetingTimeout);
        if (reply is null && await SendPingAsync(socket))
            reply = await ReadAsync(socket, TimeSpan.FromMilliseconds(options.ConnectTimeout));
        return reply switch
        {
            ['-', .. var error] when !error.StartsWith("NOAUTH", StringComparison.Ordinal) =>
                $"Redis says: {Sentence(error)}",
            ['-' or '+', ..] when options.Ssl => "it speaks without TLS (redis://, ssl=false)",
            ['-' or '+', ..] => "it answers, and the connection was not made all the same",
            _ when options.Ssl => "it accepts connections, and does not answer as Redis with TLS does",
            null => "it accepts connections, and does not answer: it hangs",
            _ => "it accepts connections, and does not answer as Redis does: it may want TLS (rediss://, ssl=true)",
        };
    }

    // The first bytes that arrive; empty where the connection is closed, null where nothing arrives in time.
    private static async Task<string?> ReadAsync(Socket socket, TimeSpan timeout)
    {
        using var canceled = new CancellationTokenSource(timeout);
        var buffer = new byte[1024];
        try
        {
            return Encoding.ASCII.GetString(buffer, 0, await socket.ReceiveAsync(buffer, canceled.Token));
        }
        catch (OperationCanceledException)
        {
            return null;
        }
        catch (SocketException)
        {
            return "";
        }
    }

    private static async Task<bool> SendPingAsync(Socket socket)
    {
        try
        {
            await socket.SendAsync("PING\r\n"u8.ToArray());
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }

    private static string Sentence(string error)
    {
        var line = error.Split('\r', '\n')[0];
        var end = line.IndexOf(". ", StringComparison.Ordinal);
        var sentence = end > 0 ? line[..end] : line;
        return new string([.. sentence.Take(MaxReplyLength).Select(c => char.IsControl(c) ? ' ' : c)]);
    }
}

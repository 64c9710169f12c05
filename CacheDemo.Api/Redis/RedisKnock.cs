using System.Net.Sockets;
using System.Text;
using StackExchange.Redis;

namespace CacheDemo.Api.Redis;

/// <summary>Finds out with a bare connection why there is none: StackExchange.Redis calls many reasons UnableToConnect.</summary>
internal static class RedisKnock
{
    /// <summary>An answer is cut after so many characters.</summary>
    private const int LongestAnswer = 200;

    /// <summary>What Redis says unasked, as that it has too many clients, it says at once.</summary>
    private static readonly TimeSpan Unasked = TimeSpan.FromMilliseconds(200);

    /// <summary>Why the first of the addresses does not serve, for a log.</summary>
    public static async Task<string> AskAsync(ConfigurationOptions options)
    {
        using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
        using var patience = new CancellationTokenSource(options.ConnectTimeout);
        try
        {
            await socket.ConnectAsync(options.EndPoints[0], patience.Token);
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

        var answer = await ReadAsync(socket, Unasked);
        if (answer is null && await SendPingAsync(socket))
            answer = await ReadAsync(socket, TimeSpan.FromMilliseconds(options.ConnectTimeout));
        return answer switch
        {
            ['-', .. var said] when !said.StartsWith("NOAUTH", StringComparison.Ordinal) => $"Redis says: {Sentence(said)}",
            ['-' or '+', ..] when options.Ssl => "it speaks without TLS (redis://, ssl=false)",
            ['-' or '+', ..] => "it answers, and the connection was not made all the same",
            _ when options.Ssl => "it accepts connections, and does not answer as Redis with TLS does",
            null => "it accepts connections, and does not answer: it hangs",
            _ => "it accepts connections, and does not answer as Redis does: it may want TLS (rediss://, ssl=true)",
        };
    }

    // What arrives first; empty where the connection is closed, null where nothing comes.
    private static async Task<string?> ReadAsync(Socket socket, TimeSpan patience)
    {
        using var late = new CancellationTokenSource(patience);
        var buffer = new byte[1024];
        try
        {
            return Encoding.ASCII.GetString(buffer, 0, await socket.ReceiveAsync(buffer, late.Token));
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

    private static string Sentence(string said)
    {
        var line = said.Split('\r', '\n')[0];
        var end = line.IndexOf(". ", StringComparison.Ordinal);
        var sentence = end > 0 ? line[..end] : line;
        return new string([.. sentence.Take(LongestAnswer).Select(c => char.IsControl(c) ? ' ' : c)]);
    }
}

using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using CacheDemo.Bench.Processes;

namespace CacheDemo.Bench.Load;

/// <summary>Commands without a client library, whose own commands would count.</summary>
internal static class RedisInfo
{
    /// <summary>A number of INFO, as <c>total_commands_processed</c>.</summary>
    public static async Task<long> NumberAsync(Server redis, string name)
    {
        var line = (await SendAsync(redis, "INFO"))
            .Split("\r\n")
            .Single(line => line.StartsWith($"{name}:", StringComparison.Ordinal));
        return long.Parse(line[(name.Length + 1)..], CultureInfo.InvariantCulture);
    }

    /// <summary>Sends one command on a connection of its own, and returns the reply as it came.</summary>
    public static async Task<string> SendAsync(Server redis, string command)
    {
        using var socket = new TcpClient();
        await socket.ConnectAsync(IPAddress.Loopback, redis.Port);
        await using var stream = socket.GetStream();
        await stream.WriteAsync(Encoding.UTF8.GetBytes($"{command}\r\n"));
        socket.Client.Shutdown(SocketShutdown.Send); // Redis replies and closes
        using var reader = new StreamReader(stream);
        return await reader.ReadToEndAsync();
    }
}

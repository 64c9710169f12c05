using System.Net;
using System.Net.Sockets;

namespace CacheDemo;

/// <summary>The addresses that a web service listens on.</summary>
internal static class ListenAddresses
{
    /// <summary>
    /// Validates them before anything runs or is logged. Kestrel takes <c>http://localhost:abc</c> for port 80 of every
    /// network, and reports a port in use with a stack trace.
    /// </summary>
    /// <exception cref="StartException">One is invalid or in use; the message names it.</exception>
    public static void CheckAddresses(this WebApplicationBuilder builder)
    {
        foreach (var url in Configured(builder.Configuration))
        {
            var address = Parse(url);
            if (address.IsUnixPipe || address.IsNamedPipe || address.Port == 0)
                continue;

            try
            {
                foreach (var listener in Listeners(address))
                {
                    using (listener)
                        listener.Start();
                }
            }
            catch (SocketException e) when (e.SocketErrorCode is SocketError.AddressAlreadyInUse)
            {
                throw new StartException(
                    $"Cannot listen on {url}: the port is in use. "
                    + "Stop what listens there, or choose another with --urls=http://localhost:<port>.",
                    e);
            }
            catch (SocketException e) when (e.SocketErrorCode is not SocketError.AddressFamilyNotSupported)
            {
                throw new StartException($"Cannot listen on {url}: {e.Message}.", e);
            }
        }
    }

    private static IEnumerable<string> Configured(IConfiguration configuration)
    {
        string[] endpoints =
        [
            .. configuration
                .GetSection("Kestrel:Endpoints")
                .GetChildren()
                .Select(endpoint => endpoint["Url"])
                .OfType<string>(),
        ];
        if (endpoints.Length > 0)
            return endpoints;
        return configuration[WebHostDefaults.ServerUrlsKey] is { Length: > 0 } urls ? List(urls)
            : [
                .. List(configuration[WebHostDefaults.HttpPortsKey]).Select(port => $"http://*:{port}"),
                .. List(configuration[WebHostDefaults.HttpsPortsKey]).Select(port => $"https://*:{port}"),
            ];
    }

    private static string[] List(string? text) =>
        (text ?? "").Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);

    private static BindingAddress Parse(string url)
    {
        try
        {
            var address = BindingAddress.Parse(url);
            if (
                address is { Scheme: "http" or "https", Port: >= 0 and <= ushort.MaxValue }
                && (
                    address.IsUnixPipe
                    || address.IsNamedPipe
                    || address.Host.StartsWith('[')
                    || !address.Host.Contains(':')))
                return address;
        }
        catch (Exception e) when (e is FormatException or InvalidOperationException)
        {
        }

        throw new FormatException(
            $"{url} is not an address to listen on: write it as http://localhost:8000 or http://*:8000."
        );
    }

    // As in Kestrel, localhost is the only host name.
    private static TcpListener[] Listeners(BindingAddress address) =>
        address.Host == "localhost"
            ?
            [
                new(IPAddress.Loopback, address.Port),
                .. Socket.OSSupportsIPv6
                    ? [new TcpListener(IPAddress.IPv6Loopback, address.Port)]
                    : Array.Empty<TcpListener>(),
            ]
        : IPAddress.TryParse(address.Host, out var ip) ? [new(ip, address.Port)]
        : [TcpListener.Create(address.Port)];
}

using System.Net;
using System.Net.Sockets;
using CacheDemo.Tests.Support;

namespace CacheDemo.Tests.Page;

/// <summary>Clients with another address, or without automatic redirects and cookies.</summary>
internal static class HttpFrom
{
    /// <summary>A client with another address of this machine; skips the test where loopback has but one.</summary>
    public static HttpClient Address(string address, Uri service)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "only Linux has all of 127.0.0.0/8");
        return new HttpClient(new SocketsHttpHandler
        {
            ConnectCallback = async (context, cancellation) =>
            {
                var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
                socket.Bind(new IPEndPoint(IPAddress.Parse(address), 0));
                await socket.ConnectAsync(context.DnsEndPoint, cancellation);
                return new NetworkStream(socket, ownsSocket: true);
            },
        })
        { BaseAddress = service };
    }

    /// <summary>A client that neither follows redirects nor keeps cookies.</summary>
    public static HttpClient Bare(Uri service) =>
        new(new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false }) { BaseAddress = service };
}

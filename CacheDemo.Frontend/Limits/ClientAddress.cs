using System.Net;
using System.Net.Sockets;

namespace CacheDemo.Frontend.Limits;

/// <summary>The address that identifies a client for rate limits.</summary>
internal static class ClientAddress
{
    private const int BytesOfSubnet = 8;

    /// <summary>
    /// The remote address; of an IPv6 address the first 64 bits, as a client has the whole subnet. It is that of the
    /// connection, or the one in <c>X-Forwarded-For</c> where that is trusted (<see cref="ForwardedAddresses"/>).
    /// </summary>
    public static IPAddress Of(HttpContext context)
    {
        var address = context.Connection.RemoteIpAddress ?? IPAddress.None;
        if (address.IsIPv4MappedToIPv6)
            return address.MapToIPv4();
        if (address.AddressFamily is not AddressFamily.InterNetworkV6)
            return address;

        Span<byte> bytes = stackalloc byte[16];
        address.TryWriteBytes(bytes, out _);
        bytes[BytesOfSubnet..].Clear();
        return new IPAddress(bytes);
    }
}

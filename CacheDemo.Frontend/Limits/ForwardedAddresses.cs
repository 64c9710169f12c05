using System.Net;
using Microsoft.AspNetCore.HttpOverrides;

namespace CacheDemo.Frontend.Limits;

/// <summary>
/// Which proxies are trusted to forward the address of a client. None, unless
/// <c>ASPNETCORE_FORWARDEDHEADERS_ENABLED</c> is true, as Aspire publishes it; then all, which is right only where
/// nothing but the load balancer can connect.
/// </summary>
internal static class ForwardedAddresses
{
    private const string Section = "ForwardedHeaders";

    private sealed class Settings
    {
        public string TrustedNetworks { get; set; } = "";
    }

    /// <summary>
    /// Trusts only the networks in <c>ForwardedHeaders:TrustedNetworks</c> (CIDR, separated by commas) where it is set.
    /// </summary>
    /// <exception cref="FormatException">One of them is not a network.</exception>
    public static void AddForwardedAddresses(this IHostApplicationBuilder builder)
    {
        var networks = builder
            .Configuration.GetChecked<Settings>(Section)
            .TrustedNetworks.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)
            .Select(text =>
                System.Net.IPNetwork.TryParse(text, out var network)
                    ? network
                    : throw new FormatException(
                        $"{Section}:TrustedNetworks has {text}, which is not a network: write it as 10.0.0.0/16."))
            .ToArray();

        builder.Services.Configure<ForwardedHeadersOptions>(options =>
        {
            foreach (var network in networks)
                options.KnownIPNetworks.Add(network);
        });
    }
}

using System.ComponentModel;
using System.ComponentModel.DataAnnotations;

namespace CacheDemo.Garnet;

/// <summary>Options of the embedded server, section <c>Garnet</c>.</summary>
internal sealed class EmbeddedServerOptions
{
    /// <summary>The loopback port; <c>GARNET_PORT</c>, which the AppHost sets, takes precedence.</summary>
    [Range(1, ushort.MaxValue), Description("a port from 1 to 65535; GARNET_PORT goes before it")]
    public int Port { get; set; } = 6379;

    /// <summary>
    /// Memory for keys and values, in MiB: a power of two from 64 to 65536. When it is full, the oldest entries are
    /// evicted.
    /// </summary>
    [AllowedValues(64, 128, 256, 512, 1024, 2048, 4096, 8192, 16384, 32768, 65536)]
    [Description("a power of two from 64 to 65536")]
    public int MemoryMiB { get; set; } = 128;
}

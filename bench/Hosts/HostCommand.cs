using System.CommandLine;
using System.Net;

namespace CacheDemo.Bench.Hosts;

/// <summary><c>host</c>: this program as one of the servers that are measured, in a process of its own.</summary>
internal static class HostCommand
{
    public const string Name = "host", Bare = "bare", Proxy = "proxy", Sink = "sink";

    /// <summary>The command.</summary>
    public static Command Create()
    {
        var kind = new Argument<string>("kind");
        kind.AcceptOnlyFromAmong(Bare, Proxy, Sink);
        var port = new Argument<int>("port");
        var target = new Argument<string>("target")
        {
            Description = "The Redis of bare, the API of proxy.",
            DefaultValueFactory = _ => "",
        };
        var command = new Command(Name, "Serves, for a run in another process.") { kind, port, target };
        command.Hidden = true;
        command.SetAction(async parsed =>
        {
            var builder = WebApplication.CreateBuilder();
            builder.Logging.SetMinimumLevel(LogLevel.Warning);
            builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(
                IPAddress.Loopback,
                parsed.GetRequiredValue(port),
                listen => listen.Protocols = TelemetrySink.Protocols(parsed.GetRequiredValue(kind))));
            await (parsed.GetRequiredValue(kind) switch
            {
                Bare => BareRoutes.RunAsync(builder, parsed.GetRequiredValue(target)),
                Proxy => BareProxy.RunAsync(builder, parsed.GetRequiredValue(target)),
                _ => TelemetrySink.RunAsync(builder),
            });
        });
        return command;
    }
}

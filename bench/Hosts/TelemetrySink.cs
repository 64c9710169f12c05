using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace CacheDemo.Bench.Hosts;

/// <summary>Takes OTLP over gRPC, reads it to its end, prints which service was called, and keeps nothing.</summary>
internal static class TelemetrySink
{
    // A gRPC message: not compressed, no bytes.
    private static readonly byte[] Empty = new byte[5];

    /// <summary>gRPC without TLS is HTTP/2 without negotiation.</summary>
    public static HttpProtocols Protocols(string kind) =>
        kind == HostCommand.Sink ? HttpProtocols.Http2 : HttpProtocols.Http1;

    /// <summary>Serves.</summary>
    public static Task RunAsync(WebApplicationBuilder builder)
    {
        var app = builder.Build();
        app.Run(async context =>
        {
            await context.Request.Body.CopyToAsync(Stream.Null);
            Console.WriteLine(context.Request.Path);
            context.Response.ContentType = "application/grpc";
            await context.Response.Body.WriteAsync(Empty);
            context.Response.AppendTrailer("grpc-status", "0");
        });
        return app.RunAsync();
    }
}

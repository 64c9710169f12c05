using CacheDemo;
using CacheDemo.Garnet;

try
{
    var builder = Host.CreateApplicationBuilder(args);

    if (builder.Configuration["GARNET_PORT"] is { Length: > 0 } port)
        builder.Configuration["Garnet:Port"] = port;
    builder.AddQuietStart();
    builder.AddCheckedOptions<EmbeddedServerOptions>("Garnet");
    builder.Services.AddHostedService<EmbeddedServer>();

    await builder.Build().RunToEndAsync();
    return 0;
}
catch (Exception problem) when (Start.Describe(problem) is { } line)
{
    Console.Error.WriteLine(line);
    return 1;
}

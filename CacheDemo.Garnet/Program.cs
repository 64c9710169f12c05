using CacheDemo.Garnet;
using Microsoft.Extensions.Options;

var builder = Host.CreateApplicationBuilder(args);

builder.Services.AddOptions<EmbeddedServerOptions>()
    .Bind(builder.Configuration.GetSection("Garnet"))
    .Configure(options => options.Port = builder.Configuration.GetValue("GARNET_PORT", options.Port))
    .ValidateDataAnnotations()
    .ValidateOnStart();
builder.Services.AddHostedService<EmbeddedServer>();

try
{
    builder.Build().Run();
    return 0;
}
catch (Exception e) when (e is OptionsValidationException or EmbeddedServerException)
{
    Console.Error.WriteLine(e.Message);
    return 1;
}

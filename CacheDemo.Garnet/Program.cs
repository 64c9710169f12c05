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
    var host = builder.Build();
    host.Services.GetRequiredService<IStartupValidator>().Validate(); // before the host logs a stack trace of it
    host.Run();
    return 0;
}
catch (Exception e) when (e is OptionsValidationException or EmbeddedServerException
    or InvalidOperationException { InnerException: FormatException or ArgumentException }) // what a configuration binder throws
{
    Console.Error.WriteLine(e.Message);
    return 1;
}

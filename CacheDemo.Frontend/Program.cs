using CacheDemo.Frontend;
using Microsoft.AspNetCore.Server.Kestrel.Core;

var builder = WebApplication.CreateBuilder(args);

builder.AddServiceDefaults();
builder.Services.Configure<KestrelServerOptions>(builder.Configuration.GetSection("Kestrel"));
builder.Services.AddProblemDetails();
builder.Services.AddReverseProxy()
    .LoadFromConfig(builder.Configuration.GetSection("ReverseProxy"))
    .AddTransforms<RawPathTransform>();

var app = builder.Build();

app.UseStatusCodePages();
app.UseRawPath("/api/");
app.UseDefaultFiles();
app.UseRouting();
app.MapDefaultEndpoints();
app.MapGet("/settings.json", (IConfiguration configuration) => new { dashboard = configuration["Page:Dashboard"] });
app.MapStaticAssets();
app.MapReverseProxy();

app.Run();

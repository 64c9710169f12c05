using CacheDemo.Api.Cache;
using CacheDemo.Api.Catalog;
using CacheDemo.Api.Http;
using CacheDemo.Api.Redis;

try
{
    var builder = WebApplication.CreateBuilder(args);

    builder.AddServiceDefaults();
    builder.AddDemoRedis();
    builder.AddCache();
    builder.AddCatalog();
    builder.AddHttp();

    var app = builder.Build();

    app.UseHttp();
    app.MapDefaultEndpoints();
    app.MapCache();
    app.MapCatalog();
    app.MapReference();

    app.Run();
    return 0;
}
catch (FormatException problem)
{
    Console.Error.WriteLine(problem.Message);
    return 1;
}

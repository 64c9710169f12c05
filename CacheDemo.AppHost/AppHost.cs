using CacheDemo.AppHost;

var builder = DemoApplication.CreateBuilder(args);

var redis = builder.AddDemoRedis("redis");

// /alive, not /health: while Redis is away the API is up and says so, and the page must be up to show it.
var api = builder.AddProject<Projects.CacheDemo_Api>("api")
    .WithPortFrom("Api:Port")
    .WithReplicasFrom("Api:Replicas")
    .WithHttpHealthCheck("/alive")
    .WithProductsDatabase()
    .WithLabParameter()
    .WithSettingsFrom("Cache", "Cors", "ElastiCache", "Expiry", "Feed", "Lab", "Products", "Redis")
    .WithDemonstrationCommands()
    .WithReference(redis)
    .WaitFor(redis);

builder.AddProject<Projects.CacheDemo_Frontend>("frontend")
    .WithPortFrom("Frontend:Port")
    .WithHttpHealthCheck("/health")
    .WithExternalHttpEndpoints()
    .WithUrlForEndpoint("http", url => url.DisplayText = "Page")
    .WithSettingsFrom("Cache", "ForwardedHeaders", "RateLimit", "SignIn")
    .WithDashboardAddress()
    .WithReference(api)
    .WaitFor(api);

builder.Build().Run();

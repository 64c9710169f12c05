using CacheDemo.AppHost;

try
{
    var builder = DistributedApplication.CreateBuilder(new DistributedApplicationOptions
    {
        Args = args,
        EnableResourceLogging = true,
    });

    var redis = builder.AddDemoRedis("redis");

    // /alive, not /health: when Redis is away the API is up and says so, and the page must be up to show it.
    var api = builder.AddProject<Projects.CacheDemo_Api>("api")
        .WithPortFrom("Api:Port")
        .WithReplicasFrom("Api:Replicas")
        .WithEnvironment("OTEL_SEMCONV_STABILITY_OPT_IN", "database")
        .WithHttpHealthCheck("/alive")
        .WithDemonstrationCommands()
        .WithReference(redis)
        .WithRedisSettings()
        .WaitFor(redis);

    builder.AddProject<Projects.CacheDemo_Frontend>("frontend")
        .WithPortFrom("Frontend:Port")
        .WithHttpHealthCheck("/health")
        .WithEnvironment("ReverseProxy__Clusters__api__Destinations__api__Address", api.GetEndpoint("http"))
        .WithExternalHttpEndpoints()
        .WithDashboardAddress()
        .WithUrlForEndpoint("http", url => url.DisplayText = "Page")
        .WithSettingsFrom("RateLimit", "SignIn")
        .WaitFor(api);

    builder.CheckPorts();
    builder.Build().Run();
    return 0;
}
catch (SetupException problem)
{
    Console.Error.WriteLine(problem.Message);
    return 1;
}

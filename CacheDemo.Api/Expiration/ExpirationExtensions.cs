namespace CacheDemo.Api.Expiration;

/// <summary>Registers expiration tracking.</summary>
internal static class ExpirationExtensions
{
    /// <summary>Tracks the entries that are set; each expiration is reported once, by one of the instances.</summary>
    public static void AddExpiration(this IHostApplicationBuilder builder)
    {
        builder.AddCheckedOptions<ExpirationOptions>("Expiry");
        builder.Services.AddSingleton<RedisClock>();
        builder.Services.AddSingleton<ExpirationShards>();
        builder.Services.AddSingleton<ExpirationReporter>();
        builder.Services.AddSingleton<ExpirationTracker>();
        builder.Services.AddSingleton<ExpirationClaims>();
        AddHosted<InstanceHeartbeat>(builder);
        AddHosted<ExpirationMonitor>(builder);
        AddHosted<ExpirationSweeper>(builder);
        builder.Services.AddHostedService<KeyspaceNotificationListener>();
    }

    private static void AddHosted<T>(IHostApplicationBuilder builder)
        where T : class, IHostedService
    {
        builder.Services.AddSingleton<T>();
        builder.Services.AddHostedService(services => services.GetRequiredService<T>());
    }
}

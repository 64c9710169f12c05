namespace CacheDemo.Api.Expiry;

internal static class ExpiryExtensions
{
    /// <summary>Adds the watch on lives: each that ends is told of once, by whichever instance.</summary>
    public static void AddExpiry(this IHostApplicationBuilder builder)
    {
        builder.AddCheckedOptions<ExpiryOptions>("Expiry");
        builder.Services.AddSingleton<RedisClock>();
        builder.Services.AddSingleton<LifeSets>();
        builder.Services.AddSingleton<LifeBook>();
        builder.Services.AddSingleton<LifeWatch>();
        builder.Services.AddHostedService(services => services.GetRequiredService<LifeWatch>());
        builder.Services.AddHostedService<KeyspaceListener>();
    }
}

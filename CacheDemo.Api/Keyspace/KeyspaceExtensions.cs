namespace CacheDemo.Api.Keyspace;

/// <summary>Registers the names of keys in Redis.</summary>
internal static class KeyspaceExtensions
{
    /// <summary>Registers <see cref="CacheOptions"/> and <see cref="CacheKeys"/>.</summary>
    public static void AddKeyspace(this IHostApplicationBuilder builder)
    {
        builder.AddCheckedOptions<CacheOptions>(CacheOptions.Section);
        builder.Services.AddSingleton<CacheKeys>();
    }
}

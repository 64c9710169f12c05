using CacheDemo.Api.Diagnostics;
using CacheDemo.Api.Http;
using CacheDemo.Api.Keyspace;
using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;
using Npgsql;
using StackExchange.Redis;
using ZiggyCreatures.Caching.Fusion;
using ZiggyCreatures.Caching.Fusion.Backplane.StackExchangeRedis;
using ZiggyCreatures.Caching.Fusion.Serialization.SystemTextJson;

namespace CacheDemo.Api.Products;

/// <summary>Registers products: their database and their cache.</summary>
internal static class ProductsExtensions
{
    /// <summary>Registers the products, their cache and their database.</summary>
    /// <exception cref="FormatException">The connection string of the database is malformed.</exception>
    public static void AddProducts(this IHostApplicationBuilder builder)
    {
        builder.AddCheckedOptions<ProductsOptions>(ProductsOptions.Section);
        var services = builder.Services;
        services.AddDatabase(builder.Configuration.GetConnectionString("products"));
        services.AddCache();
        services.AddSingleton<ProductConditions>();
        services.AddSingleton<InstanceMessages>();
        services.AddHostedService(ListenWithHandlers);
        services.AddSingleton<ProductChanges>();
        services.AddSingleton<ProductDatabase>();
        services.AddSingleton<ProductService>();
        services.AddSingleton<ProductCopies>();
        services.AddExceptionHandler<ProductProblemHandler>();
        services.AddOptions<JsonMemberProblems>().Configure(problems => problems["price"] = PriceAttribute.Problem);
        services.ConfigureHttpJsonOptions(json =>
            json.SerializerOptions.TypeInfoResolverChain.Insert(0, ProductsJson.Default));
    }

    /// <summary>The name of the database in telemetry.</summary>
    public static string SystemOf(DbContext context) => context.Database.IsSqlite() ? "sqlite" : "postgresql";

    /// <summary>Creates the folder of an SQLite database.</summary>
    public static void CreateFolder(DbContext context)
    {
        if (context.Database.IsSqlite())
            Directory.CreateDirectory(Path.GetDirectoryName(context.Database.GetDbConnection().DataSource)!);
    }

    // Whoever handles messages exists before the first one comes.
    private static InstanceMessages ListenWithHandlers(IServiceProvider services)
    {
        services.GetRequiredService<ProductChanges>();
        services.GetRequiredService<ProductCopies>();
        return services.GetRequiredService<InstanceMessages>();
    }

    private static void AddDatabase(this IServiceCollection services, string? connectionString)
    {
        var postgres = connectionString is { Length: > 0 } ? ParsePostgres(connectionString) : null;
        services.AddPooledDbContextFactory<ProductsContext>((provider, context) =>
        {
            var options = provider.GetRequiredService<IOptions<ProductsOptions>>().Value;
            var seconds = (int)Math.Ceiling(options.HardTimeout.TotalSeconds);
            if (postgres is not null)
            {
                (postgres.Timeout, postgres.CommandTimeout) = (seconds, seconds);
                context.UseNpgsql(postgres.ConnectionString);
            }
            else
            {
                var file = new SqliteConnectionStringBuilder
                {
                    DataSource = Path.Combine(
                        FolderOf(options, provider.GetRequiredService<IHostEnvironment>()), "products.db"),
                    DefaultTimeout = seconds,
                };
                context.UseSqlite(file.ConnectionString);
            }
        });
    }

    private static NpgsqlConnectionStringBuilder ParsePostgres(string connectionString)
    {
        try
        {
            return new NpgsqlConnectionStringBuilder(connectionString);
        }
        catch (Exception e) when (e is ArgumentException or FormatException)
        {
            // Not the message: it may quote a part of the string.
            throw new FormatException("ConnectionStrings:products is malformed: "
                + "write it as Host=…;Database=…;Username=…;Password=….");
        }
    }

    // Outside of development it is below the folder for temporary files: of a container, it is often the only one that
    // can be written.
    private static string FolderOf(ProductsOptions options, IHostEnvironment environment)
    {
        if (options.DataFolder is { Length: > 0 } folder)
            return Path.GetFullPath(folder);
        var data = environment.IsDevelopment()
            ? Environment.GetFolderPath(
                Environment.SpecialFolder.LocalApplicationData, Environment.SpecialFolderOption.DoNotVerify)
            : "";
        return Path.Combine(data is { Length: > 0 } ? data : Path.GetTempPath(), "CacheDemo");
    }

    private static void AddCache(this IServiceCollection services)
    {
        services.AddSingleton(new CacheLevels("products"));
        services.AddOptions<FusionCacheOptions>(ProductsOptions.Section)
            .Configure<CacheKeys, IOptions<ProductsOptions>>(Configure);
        services.AddFusionCache(ProductsOptions.Section)
            .AsKeyedServiceByCacheName()
            .WithRegisteredOptions()
            .WithoutLogger() // it logs every call at Information
            .WithSerializer(new FusionCacheSystemTextJsonSerializer(CachedProductJson.Default.Options))
            .WithDistributedCache(provider => ActivatorUtilities.CreateInstance<RedisProductCache>(provider))
            .WithDistributedLocker(provider => ActivatorUtilities.CreateInstance<RedisProductLocker>(provider))
            .WithBackplane(provider => new RedisBackplane(new RedisBackplaneOptions
            {
                ConnectionMultiplexerFactory = () =>
                    Task.FromResult(provider.GetRequiredService<IConnectionMultiplexer>()),
            }));
    }

    private static void Configure(FusionCacheOptions cache, CacheKeys keys, IOptions<ProductsOptions> options)
    {
        var products = options.Value;
        cache.CacheKeyPrefix = keys.Products;
        cache.BackplaneChannelPrefix = keys.Products + "changes";
        cache.DistributedCacheKeyModifierMode = CacheKeyModifierMode.None;
        cache.DisableTagging = true;

        var entry = cache.DefaultEntryOptions;
        entry.Duration = TimeSpan.FromSeconds(products.Ttl);
        entry.MemoryCacheDuration = TimeSpan.FromSeconds(products.MemoryTtl);
        entry.SetFailSafe(
            products.FailSafe,
            maxDuration: TimeSpan.FromSeconds(products.FailSafeMaxAge),
            throttleDuration: TimeSpan.FromSeconds(1));
        // The hard one is in ProductDatabase, which has it for every query.
        entry.FactorySoftTimeout = TimeSpan.FromMilliseconds(products.SoftTimeoutMs);
        // Not limited here: FusionCache then waits for the soft timeout where it has an expired entry. Otherwise the
        // limit of the read ends the wait, see ProductService.
        entry.MemoryLockTimeout = Timeout.InfiniteTimeSpan;
        // FusionCache does not shorten this one. It leaves time for the soft timeout within the limit of the read.
        entry.DistributedLockTimeout = (products.HardTimeout - entry.FactorySoftTimeout) * 0.75;
        entry.EagerRefreshThreshold = products.EagerRefreshPercent is > 0 and var percent ? percent / 100f : null;
        entry.AllowBackgroundDistributedCacheOperations = true;
        // What another client wrote there counts as absent.
        entry.ReThrowSerializationExceptions = false;
    }
}

using CacheDemo.Api.Diagnostics;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;

namespace CacheDemo.Api.Products;

/// <summary>Queries of the database of products, each with a time limit.</summary>
/// <remarks>Every failure is a <see cref="DatabaseAwayException"/>.</remarks>
internal sealed partial class ProductDatabase(
    IDbContextFactory<ProductsContext> contexts, ProductConditions conditions, DatabaseCommandTelemetry commands,
    IOptions<ProductsOptions> options, ILogger<ProductDatabase> logger)
{
    private const int CreationAttempts = 10;

    /// <summary>The first query waits so long for the tables; the others have their own limit.</summary>
    private static readonly TimeSpan CreationTimeout = TimeSpan.FromSeconds(10);

    private readonly Lock _creating = new();
    private Task? _creation;
    private int _away;

    /// <summary>
    /// Begins to create the tables, where that was not done, and to load what queries need: a read that the cache
    /// answered may be followed by one that it cannot answer.
    /// </summary>
    public void Prepare()
    {
        if (Volatile.Read(ref _creation) is null)
            _ = CreateOnceAsync();
    }

    /// <summary>A page of products, by number.</summary>
    public Task<List<Product>> PageAsync(int after, int count) => RunAsync("SELECT", (context, stop) =>
        context.Products.AsNoTracking()
            .Where(product => product.Id > after)
            .OrderBy(product => product.Id)
            .Take(count)
            .ToListAsync(stop));

    /// <summary>A product; null where there is none.</summary>
    public Task<Product?> FindAsync(int id) =>
        RunAsync("SELECT", (context, stop) => FindAsync(context, id, stop));

    /// <summary>Changes the price of a product, or adds one with that number, and returns it as it is then.</summary>
    public Task<Product> SetPriceAsync(int id, decimal price) => RunAsync("INSERT", async (context, stop) =>
    {
        // One statement: a transaction of several would hold the only lock that SQLite has for longer.
        var added = Product.MakeUp(id) with { Price = price };
        var written = await context.Products.FromSql(
            $"""
             INSERT INTO "products" ("Id", "Name", "Price", "Version")
             VALUES ({added.Id}, {added.Name}, {added.Price}, {added.Version})
             ON CONFLICT ("Id") DO UPDATE SET "Price" = excluded."Price", "Version" = "products"."Version" + 1
             RETURNING "Id", "Name", "Price", "Version"
             """).AsNoTracking().ToListAsync(stop);
        return written[0];
    });

    private static Task<Product?> FindAsync(ProductsContext context, int id, CancellationToken stop) =>
        context.Products.AsNoTracking().SingleOrDefaultAsync(product => product.Id == id, stop);

    private async Task<T> RunAsync<T>(string operation, Func<ProductsContext, CancellationToken, Task<T>> query)
    {
        try
        {
            await CreateOnceAsync();
            using var limit = new CancellationTokenSource(options.Value.HardTimeout);
            // On another thread: SQLite does not wait for its locks asynchronously.
            var result = await Task.Run(() => QueryAsync(operation, query, limit.Token), CancellationToken.None)
                .WaitAsync(limit.Token);
            if (Interlocked.Exchange(ref _away, 0) == 1)
                LogBack();
            return result;
        }
        catch (Exception e)
        {
            if (Interlocked.Exchange(ref _away, 1) == 0)
                LogAway(e is OperationCanceledException or TimeoutException ? "no answer in time" : Reason(e));
            throw new DatabaseAwayException(e);
        }
    }

    private async Task<T> QueryAsync<T>(
        string operation, Func<ProductsContext, CancellationToken, Task<T>> query, CancellationToken stop)
    {
        await using var context = await contexts.CreateDbContextAsync(stop);
        var system = ProductsExtensions.SystemOf(context);
        return await commands.TimeAsync(system, operation, ProductsContext.Table, async () =>
        {
            var now = conditions.Current;
            await Task.Delay(now.DatabaseLatencyMs, stop);
            return now.DatabaseDown ? throw new DatabaseAwayException() : await query(context, stop);
        });
    }

    // At the first query, so that an API whose products nobody reads needs no database. Queries wait for it together,
    // and the next one tries again where it failed.
    private Task CreateOnceAsync()
    {
        lock (_creating)
        {
            if (_creation is null or { IsFaulted: true })
                _creation = Task.Run(CreateAsync);
            return _creation.IsCompletedSuccessfully ? _creation : _creation.WaitAsync(CreationTimeout);
        }
    }

    private async Task CreateAsync()
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                await using var context = await contexts.CreateDbContextAsync();
                ProductsExtensions.CreateFolder(context);
                await context.Database.EnsureCreatedAsync();
                await FindAsync(context, 1, CancellationToken.None);
                return;
            }
            // Another instance creates it at this moment: one of the two fails as a whole, and finds it then.
            catch (Exception) when (attempt < CreationAttempts)
            {
                await Task.Delay(Random.Shared.Next(20, 100));
            }
        }
    }

    // Messages of a database can hold its address and its user.
    private static string Reason(Exception failure) => failure.GetBaseException().GetType().Name;

    [LoggerMessage(LogLevel.Warning, "The database of products is away: {Reason}")]
    private partial void LogAway(string reason);

    [LoggerMessage(LogLevel.Information, "The database of products answers again")]
    private partial void LogBack();
}

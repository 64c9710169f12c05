using CacheDemo.Api.Diagnostics;
using CacheDemo.Redis;
using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;
using Npgsql;

namespace CacheDemo.Api.Products;

/// <summary>Queries of the database of products, each with a time limit.</summary>
/// <remarks>Every failure is a <see cref="DatabaseAwayException"/>.</remarks>
internal sealed partial class ProductDatabase(
    IDbContextFactory<ProductsContext> contexts, ProductConditions conditions, DatabaseCommandTelemetry commands,
    BackgroundWork work, IOptions<ProductsOptions> options, ILogger<ProductDatabase> logger)
{
    private const int CreationAttempts = 10;

    // Result codes of SQLite: https://sqlite.org/rescode.html
    private const int SqliteError = 1, SqliteBusy = 5, SqliteLocked = 6, SqliteConstraint = 19;

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
        RunAsync<Product?>("SELECT", (context, stop) => FindAsync(context, id, stop));

    /// <summary>Changes the price of a product, or adds one with that number, and returns it as it is then.</summary>
    /// <param name="id">The product.</param>
    /// <param name="price">The price.</param>
    /// <param name="late">
    /// Runs when a change that was given up as late has ended: with the product, or null where whether it was made is
    /// still unknown.
    /// </param>
    public Task<Product> SetPriceAsync(int id, decimal price, Func<Product?, Task> late) =>
        RunAsync<Product>("INSERT", (context, stop) => SetPriceAsync(context, id, price, stop), late);

    private static async Task<Product> SetPriceAsync(
        ProductsContext context, int id, decimal price, CancellationToken stop)
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
    }

    private static Task<Product?> FindAsync(ProductsContext context, int id, CancellationToken stop) =>
        context.Products.AsNoTracking().SingleOrDefaultAsync(product => product.Id == id, stop);

    private async Task<T> RunAsync<T>(
        string operation, Func<ProductsContext, CancellationToken, Task<T>> query, Func<T?, Task>? late = null)
    {
        Task<T>? running = null;
        try
        {
            using var limit = new CancellationTokenSource(options.Value.HardTimeout);
            var stop = limit.Token;
            await CreateOnceAsync().WaitAsync(stop);
            // On another thread: SQLite does not wait for its locks asynchronously.
            running = Task.Run(() => QueryAsync(operation, query, stop), CancellationToken.None);
            var result = await running.WaitAsync(stop);
            if (Interlocked.Exchange(ref _away, 0) == 1)
                LogBack();
            return result;
        }
        catch (Exception e)
        {
            if (Interlocked.Exchange(ref _away, 1) == 0)
                LogAway(e is OperationCanceledException or TimeoutException ? "no answer in time" : Reason(e));
            if (running is { IsFaulted: false, IsCanceled: false })
                _ = FollowAsync(running, late);
            throw new DatabaseAwayException(e);
        }
    }

    // A query that was given up goes on until the database lets it go, and may have been made then.
    private async Task FollowAsync<T>(Task<T> running, Func<T?, Task>? late)
    {
        var result = default(T);
        try
        {
            result = await running;
        }
        catch (Exception e)
        {
            LogLate(Reason(e));
        }

        if (late is not null)
            await work.TryAsync("a late change of a product", () => late(result));
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
            return _creation is null or { IsFaulted: true } ? _creation = Task.Run(CreateAsync) : _creation;
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
            catch (Exception e) when (attempt < CreationAttempts && IsOfAnother(e.GetBaseException()))
            {
                await Task.Delay(Random.Shared.Next(20, 100));
            }
        }
    }

    // What creates it at the same time leads to: it exists already, in whole or in part, or is locked.
    private static bool IsOfAnother(Exception failure) => failure switch
    {
        SqliteException { SqliteErrorCode: SqliteError or SqliteBusy or SqliteLocked or SqliteConstraint } => true,
        PostgresException postgres => postgres.SqlState is PostgresErrorCodes.DuplicateDatabase
            or PostgresErrorCodes.DuplicateTable or PostgresErrorCodes.UniqueViolation
            or PostgresErrorCodes.ObjectInUse,
        _ => false,
    };

    // Messages of a database can hold its address and its user.
    private static string Reason(Exception failure) => failure.GetBaseException().GetType().Name;

    [LoggerMessage(LogLevel.Warning, "The database of products is away: {Reason}")]
    private partial void LogAway(string reason);

    [LoggerMessage(LogLevel.Information, "The database of products answers again")]
    private partial void LogBack();

    [LoggerMessage(LogLevel.Debug, "A query that was given up as late failed: {Reason}")]
    private partial void LogLate(string reason);
}

using Microsoft.EntityFrameworkCore;

namespace CacheDemo.Api.Products;

/// <summary>The database of products.</summary>
internal sealed class ProductsContext(DbContextOptions<ProductsContext> options) : DbContext(options)
{
    /// <summary>The table.</summary>
    public const string Table = "products";

    /// <summary>The products.</summary>
    public DbSet<Product> Products => Set<Product>();

    /// <inheritdoc />
    protected override void OnModelCreating(ModelBuilder modelBuilder) => modelBuilder.Entity<Product>(product =>
    {
        product.ToTable(Table);
        product.Property(p => p.Id).ValueGeneratedNever();
        product.Property(p => p.Name).HasMaxLength(100);
        product.Property(p => p.Price).HasPrecision(12, 2);
        // Inserted by the transaction that creates the table: no instance sees a table without products.
        product.HasData(Enumerable.Range(1, Product.FirstCount).Select(Product.MakeUp));
    });
}

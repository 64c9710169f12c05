using Microsoft.Extensions.Options;

namespace CacheDemo.Api.Products;

/// <summary>The conditions that products are read under; the lab changes them for a while.</summary>
internal sealed class ProductConditions(IOptions<ProductsOptions> options)
{
    /// <summary>The conditions that the options set.</summary>
    public Conditions Normal { get; } = new(
        options.Value.DatabaseLatencyMs, DatabaseDown: false, RedisDown: false, options.Value.FailSafe,
        Backplane: true);

    private volatile Conditions? _changed;

    /// <summary>Conditions.</summary>
    /// <param name="DatabaseLatencyMs">Milliseconds that every query is delayed.</param>
    /// <param name="DatabaseDown">Whether every query fails.</param>
    /// <param name="RedisDown">Whether products are read and written as without Redis.</param>
    /// <param name="FailSafe">Whether an expired entry is served while the database does not answer.</param>
    /// <param name="Backplane">Whether instances tell one another what has changed.</param>
    public sealed record Conditions(
        int DatabaseLatencyMs, bool DatabaseDown, bool RedisDown, bool FailSafe, bool Backplane);

    /// <summary>Raised after each change.</summary>
    public event Action? Changed;

    /// <summary>The conditions now.</summary>
    public Conditions Current => _changed ?? Normal;

    /// <summary>Changes the conditions of this instance; null is back to normal.</summary>
    public void Set(Conditions? conditions)
    {
        _changed = conditions;
        Changed?.Invoke();
    }
}

using System.ComponentModel.DataAnnotations;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace CacheDemo.Api.Products;

/// <summary>A page of products, from the database.</summary>
/// <param name="Products">The products, by number.</param>
/// <param name="After">What the next page comes after; null at the end.</param>
public sealed record ProductPage(IReadOnlyList<Product> Products, int? After);

/// <summary>A product, and where it was found.</summary>
/// <param name="Product">The product.</param>
/// <param name="Source">
/// <c>memory</c> of this instance, <c>cache</c> (Redis), or <c>database</c>, also where Redis is away.
/// </param>
/// <param name="Stale">Whether it had expired, and is served as the database does not answer.</param>
/// <param name="Age">Seconds since it was read from the database.</param>
/// <param name="Ttl">Seconds until it expires in Redis; 0 where it has, null where it is not cached.</param>
/// <param name="Instance">The instance of the API.</param>
/// <param name="Ms">How long that took.</param>
public sealed record ProductResponse(
    Product Product, string Source, bool Stale, double Age, double? Ttl, string Instance, ProductTimes Ms);

/// <summary>How long a read took, in milliseconds.</summary>
/// <param name="Total">All of it.</param>
/// <param name="Cache">Waiting for Redis; null where it was not asked.</param>
/// <param name="Database">
/// Waiting for queries of this read; null where it made none, as where it waited for the one of another read, and where
/// an expired product was served before the database answered.
/// </param>
public sealed record ProductTimes(double Total, double? Cache, double? Database);

/// <summary>A new price.</summary>
/// <param name="Price">From 0.01 to 1000000, with at most two decimals.</param>
public sealed record PriceRequest(
    [property: Required(ErrorMessage = "The price is missing."), Price, JsonConverter(typeof(PriceConverter))]
    decimal? Price);

/// <summary>Where copies of a product are.</summary>
/// <param name="Id">The number of the product.</param>
/// <param name="Instances">The instances of the API that answered, and what each holds in memory.</param>
/// <param name="Redis">What Redis holds; null where it holds none, or is away.</param>
/// <param name="Database">What the database holds; null where it holds none, or is away.</param>
/// <param name="Away">Which of <c>redis</c> and <c>database</c> did not answer.</param>
public sealed record CopiesResponse(
    int Id, IReadOnlyList<InstanceCopy> Instances, ProductCopy? Redis, Product? Database, IReadOnlyList<string> Away);

/// <summary>What an instance holds in memory.</summary>
/// <param name="Instance">The instance.</param>
/// <param name="Copy">The copy; null where it has none, or knows of a change since.</param>
public sealed record InstanceCopy(string Instance, ProductCopy? Copy);

/// <summary>A copy of a product.</summary>
/// <param name="Product">The product; null where the copy says that there is none.</param>
/// <param name="Stale">Whether it has expired, and is kept for reads while the database does not answer.</param>
/// <param name="Age">Seconds since it was read from the database.</param>
/// <param name="Ttl">Seconds until it expires in Redis; 0 where it has.</param>
public sealed record ProductCopy(Product? Product, bool Stale, double Age, double Ttl);

/// <summary>Validates a price.</summary>
[AttributeUsage(AttributeTargets.Property)]
internal sealed class PriceAttribute() : ValidationAttribute(Problem)
{
    /// <summary>The problem of another.</summary>
    public const string Problem = "The price must be one number from 0.01 to 1000000 with at most two decimals.";

    /// <inheritdoc />
    public override bool IsValid(object? value) =>
        value is null
        || (value is >= 0.01m and <= Product.MaxPrice and decimal price && decimal.Round(price, 2) == price);
}

/// <summary>Reads a number. Anything else becomes one that validation refuses, so that the client learns why.</summary>
internal sealed class PriceConverter : JsonConverter<decimal?>
{
    /// <inheritdoc />
    public override decimal? Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        if (reader.TokenType is JsonTokenType.Number)
            return reader.TryGetDecimal(out var price) ? price : decimal.MinValue;
        return reader.TrySkip() ? decimal.MinValue : throw new JsonException();
    }

    /// <inheritdoc />
    public override void Write(Utf8JsonWriter writer, decimal? value, JsonSerializerOptions options)
    {
        if (value is { } price)
            writer.WriteNumberValue(price);
        else
            writer.WriteNullValue();
    }
}

/// <summary>Generated serializers.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    PropertyNameCaseInsensitive = true)]
[JsonSerializable(typeof(ProductPage))]
[JsonSerializable(typeof(ProductResponse))]
[JsonSerializable(typeof(PriceRequest))]
[JsonSerializable(typeof(CopiesResponse))]
internal sealed partial class ProductsJson : JsonSerializerContext;

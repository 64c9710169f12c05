using System.ComponentModel;
using System.Globalization;
using CacheDemo.Api.Diagnostics;
using CacheDemo.Api.Http;
using Microsoft.AspNetCore.Http.HttpResults;

namespace CacheDemo.Api.Products;

/// <summary>The routes of products.</summary>
internal static class ProductsApi
{
    private const int DefaultCount = 50, MaxCount = 200;

    /// <summary>Maps <c>/products</c>.</summary>
    public static void MapProducts(this IEndpointRouteBuilder routes)
    {
        var products = routes.MapGroup("/products").WithTags("Products").ProducesValidationProblem();
        products.MapGet("", PageAsync)
            .WithName("products")
            .WithSummary("List products, a page at a time, from the database.")
            .WithDescription("They are not cached: a page is read rarely, and changes with every product on it.")
            .ProducesProblem(StatusCodes.Status503ServiceUnavailable);
        products.MapGet("/{id}", GetAsync)
            .WithName("product")
            .WithSummary("Read a product from memory, Redis or the database, and say from which.")
            .WithDescription("An expired product is served, and marked, while the database does not answer. "
                + "While Redis is away, products come from the database.")
            .ProducesProblem(StatusCodes.Status404NotFound)
            .ProducesProblem(StatusCodes.Status503ServiceUnavailable);
        products.MapPut("/{id}", SetPriceAsync)
            .WithName("setPrice")
            .WithSummary("Change the price of a product; a product with a new number is added.")
            .WithDescription("It is in the database then, and no instance serves the old price 100 ms later.")
            .ProducesProblem(StatusCodes.Status413PayloadTooLarge)
            .ProducesProblem(StatusCodes.Status415UnsupportedMediaType)
            .ProducesProblem(StatusCodes.Status503ServiceUnavailable);
        products.MapGet("/{id}/copies", CopiesAsync)
            .WithName("copies")
            .WithSummary("See what each instance has in memory, and what Redis and the database hold.")
            .WithDescription("The copies stay as they are. What does not answer is named in away.");
    }

    private static async Task<ProductPage> PageAsync(
        ProductDatabase database,
        [Description("The number after which the page begins; absent for the first.")] string? after,
        [Description("How many products a page has, 1 to 200; 50 when absent.")] string? count)
    {
        var wanted = Number("count", count, 1, MaxCount, DefaultCount);
        var products = await database.PageAsync(Number("after", after, 0, Product.MaxId, 0), wanted);
        return new ProductPage(products, products.Count < wanted ? null : products[^1].Id);
    }

    private static async Task<Results<Ok<ProductResponse>, ProblemHttpResult>> GetAsync(
        string id, ProductService products, CacheInstance instance, TimeProvider clock)
    {
        var number = IdOf(id);
        return Respond(number, await products.GetAsync(number), instance.Id, clock.GetUtcNow());
    }

    private static async Task<Product> SetPriceAsync(string id, PriceRequest request, ProductService products) =>
        await products.SetPriceAsync(IdOf(id), request.Price!.Value);

    private static Task<CopiesResponse> CopiesAsync(string id, ProductCopies copies) => copies.FindAsync(IdOf(id));

    private static Results<Ok<ProductResponse>, ProblemHttpResult> Respond(
        int id, ProductAnswer answer, string instance, DateTimeOffset now)
    {
        var age = Math.Max(0, (now - answer.Entry.ReadAt).TotalSeconds);
        var ttl = answer.IsCached ? Math.Max(0, (answer.Entry.ExpiresAt - now).TotalSeconds) : (double?)null;
        return answer.Entry.Product is { } product
            ? TypedResults.Ok(
                new ProductResponse(product, answer.Source, answer.IsStale, age, ttl, instance, answer.Ms))
            : TypedResults.Problem(
                $"There is no product {id}.", statusCode: StatusCodes.Status404NotFound,
                extensions: new Dictionary<string, object?>
                {
                    ["source"] = answer.Source,
                    ["age"] = age,
                    ["ttl"] = ttl,
                    ["instance"] = instance,
                    ["ms"] = answer.Ms,
                });
    }

    private static int IdOf(string id) => Number("id", id, 1, Product.MaxId, 0);

    private static int Number(string field, string? text, int least, int most, int absent) =>
        string.IsNullOrEmpty(text) ? absent
        : int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            && number >= least && number <= most ? number
        : throw new BadInputException(field, $"The {field} must be a whole number from {least} to {most}.");
}

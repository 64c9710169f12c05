using CacheDemo.Api.Products;

namespace CacheDemo.Tests.Products;

/// <summary>Made-up products.</summary>
public class ProductTests
{
    [Fact]
    public void A_number_has_the_same_product_everywhere_with_a_price_that_a_client_may_set()
    {
        Assert.All(Enumerable.Range(1, Product.MaxId), id =>
        {
            var product = Product.MakeUp(id);
            Assert.Equal(product, Product.MakeUp(id));
            Assert.True(new PriceAttribute().IsValid(product.Price));
        });
    }

    [Theory]
    [InlineData(0.01, true)]
    [InlineData(1_000_000, true)]
    [InlineData(0.001, false)]
    [InlineData(0, false)]
    [InlineData(-1, false)]
    [InlineData(1_000_000.01, false)]
    public void A_price_has_two_decimals_and_bounds(double price, bool valid) =>
        Assert.Equal(valid, new PriceAttribute().IsValid((decimal)price));
}

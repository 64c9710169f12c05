using CacheDemo.Tests.Support;

namespace CacheDemo.Tests.Products;

/// <summary>Options of the products that are refused at start, in one line.</summary>
public class ProductsOptionsTests
{
    [Theory]
    [InlineData("Products__Ttl", "0", "Products:Ttl=0 is not a whole number from 1 to 86400.")]
    [InlineData("Products__MemoryTtl", "61", "Products:MemoryTtl=61 is not from 1 to 60, which is Products:Ttl.")]
    [InlineData(
        "Products__SoftTimeoutMs", "2000",
        "Products:SoftTimeoutMs=2000 is not less than 2000, which is Products:HardTimeoutMs.")]
    [InlineData(
        "Products__DatabaseLatencyMs", "2000",
        "Products:DatabaseLatencyMs=2000 is not less than 2000, which is Products:HardTimeoutMs.")]
    [InlineData(
        "ConnectionStrings__products", "Host=db;Password=sesame;Nonsense=1",
        "ConnectionStrings:products is malformed: write it as Host=…;Database=…;Username=…;Password=….")]
    public async Task An_option_that_cannot_work_is_one_line(string option, string value, string line)
    {
        var finished = await ProgramInside.FailToStartAsync("CacheDemo.Api", (option, value));
        Assert.Equal((1, line), (finished.ExitCode, finished.Output.Trim()));
    }
}

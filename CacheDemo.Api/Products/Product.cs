namespace CacheDemo.Api.Products;

/// <summary>A product, as it is in the database.</summary>
/// <param name="Id">Its number.</param>
/// <param name="Name">Its name.</param>
/// <param name="Price">Its price.</param>
/// <param name="Version">1, and one more for each change.</param>
public sealed record Product(int Id, string Name, decimal Price, long Version)
{
    /// <summary>The highest number.</summary>
    public const int MaxId = 10_000;

    /// <summary>The highest price.</summary>
    public const decimal MaxPrice = 1_000_000;

    /// <summary>How many there are at first.</summary>
    internal const int FirstCount = 300;

    private static readonly string[] Qualities =
        ["Quiet", "Folding", "Cordless", "Enamel", "Pocket", "Oak", "Linen", "Copper", "Travel", "Desk"];

    private static readonly string[] Things =
        ["kettle", "lamp", "chair", "notebook", "radio", "mug", "scale", "blanket", "clock", "umbrella", "tray", "fan"];

    /// <summary>A made-up product; each number has the same one everywhere.</summary>
    internal static Product MakeUp(int id) => new(
        id,
        $"{Qualities[id % Qualities.Length]} {Things[id / Qualities.Length % Things.Length]} {id}",
        Price: 5 + (id * 37 % 200) + 0.99m,
        Version: 1);
}

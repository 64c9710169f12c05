namespace CacheDemo.Api.Products;

/// <summary>The database does not answer, or refuses.</summary>
/// <param name="inner">Why.</param>
internal sealed class DatabaseAwayException(Exception? inner = null)
    : Exception("The database does not answer.", inner);

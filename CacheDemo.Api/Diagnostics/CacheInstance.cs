using System.Security.Cryptography;

namespace CacheDemo.Api.Diagnostics;

/// <summary>Identifies this instance of the API in Redis, in events and on the page.</summary>
internal sealed class CacheInstance
{
    /// <summary>Eight hexadecimal digits, new at every start.</summary>
    public string Id { get; } = RandomNumberGenerator.GetHexString(8, lowercase: true);
}

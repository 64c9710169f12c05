using System.Security.Cryptography;

namespace CacheDemo.Api.Diagnostics;

/// <summary>Which of the API's instances this is: what tells them apart in Redis, in the feed and on the page.</summary>
internal sealed class CacheInstance
{
    /// <summary>Eight hexadecimal digits, new with every start.</summary>
    public string Id { get; } = RandomNumberGenerator.GetHexString(8, lowercase: true);
}

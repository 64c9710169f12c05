using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Threading.RateLimiting;
using CacheDemo.Frontend.Limits;
using Microsoft.Extensions.Options;

namespace CacheDemo.Frontend.SignIn;

/// <summary>Validates the API key, and limits how many wrong ones a client may send.</summary>
internal sealed class ApiKeyValidator(IOptions<SignInOptions> options) : IDisposable
{
    private readonly byte[] _hash = Hash(options.Value.ApiKey!);

    // Fixed windows, not tokens: whether an attempt is left must not depend on fractions.
    private readonly PartitionedRateLimiter<HttpContext> _wrong = PartitionedRateLimiter.Create<HttpContext, IPAddress>(
        context => RateLimitPartition.GetFixedWindowLimiter(ClientAddress.Of(context), _ => new()
        {
            PermitLimit = options.Value.WrongKeysPerMinute,
            Window = TimeSpan.FromMinutes(1),
        }));

    /// <summary>
    /// Compares in constant time. A client that sent too many wrong keys must wait, also with the right one: otherwise
    /// it could go on guessing.
    /// </summary>
    /// <param name="context">The request.</param>
    /// <param name="key">The key that it has.</param>
    /// <param name="wait">How long the client must wait; zero where it need not.</param>
    public bool IsValid(HttpContext context, string key, out TimeSpan wait)
    {
        wait = TimeSpan.Zero;
        using (var guess = _wrong.AttemptAcquire(context, permitCount: 0))
        {
            if (!guess.IsAcquired)
            {
                wait = guess.TryGetMetadata(MetadataName.RetryAfter, out var known) ? known : TimeSpan.FromMinutes(1);
                return false;
            }
        }

        if (CryptographicOperations.FixedTimeEquals(Hash(key), _hash))
            return true;

        _wrong.AttemptAcquire(context).Dispose();
        return false;
    }

    /// <summary>Returns 429 to a client that must wait.</summary>
    public static Task TooManyAsync(HttpContext context, TimeSpan wait) =>
        RateLimits.TooManyAsync(context, wait, "Too many wrong keys came from this address.");

    public void Dispose() => _wrong.Dispose();

    private static byte[] Hash(string key) => SHA256.HashData(Encoding.UTF8.GetBytes(key));
}

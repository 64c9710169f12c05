using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Threading.RateLimiting;
using CacheDemo.Frontend.Limits;
using Microsoft.Extensions.Options;

namespace CacheDemo.Frontend.SignIn;

/// <summary>Whether a key that a client sends is the one that everyone shares.</summary>
internal sealed class SharedKey(IOptions<SignInOptions> options) : IDisposable
{
    private readonly byte[] _hash = Hash(options.Value.ApiKey!);

    // Windows, not tokens: whether one is left must not depend on fractions.
    private readonly PartitionedRateLimiter<HttpContext> _wrong = PartitionedRateLimiter.Create<HttpContext, IPAddress>(
        context => RateLimitPartition.GetFixedWindowLimiter(ClientAddress.Of(context), _ => new()
        {
            PermitLimit = options.Value.WrongKeysPerMinute,
            Window = TimeSpan.FromMinutes(1),
        }));

    /// <summary>
    /// Compares in constant time. A client that sent too many wrong keys has to wait, with the right one too: else it
    /// could go on guessing.
    /// </summary>
    /// <param name="context">Whose client it is.</param>
    /// <param name="key">What it sent.</param>
    /// <param name="wait">How long it has to wait; zero where it need not.</param>
    public bool IsRight(HttpContext context, string key, out TimeSpan wait)
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

    /// <summary>Answers a client that has to wait.</summary>
    public static Task TooManyAsync(HttpContext context, TimeSpan wait) =>
        RateLimits.TooManyAsync(context, wait, "Too many wrong keys came from this address.");

    public void Dispose() => _wrong.Dispose();

    private static byte[] Hash(string key) => SHA256.HashData(Encoding.UTF8.GetBytes(key));
}

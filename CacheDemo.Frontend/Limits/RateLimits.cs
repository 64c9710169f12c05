using System.Globalization;
using System.Net;
using System.Threading.RateLimiting;
using Microsoft.AspNetCore.RateLimiting;
using Microsoft.Extensions.Options;

namespace CacheDemo.Frontend.Limits;

/// <summary>Limits the requests and streams of each client.</summary>
internal static class RateLimits
{
    /// <summary>The policy of the route of the event stream, in appsettings.json.</summary>
    private const string Streams = "streams";

    /// <summary>It is not known when a stream will end.</summary>
    private static readonly TimeSpan StreamsRetryAfter = TimeSpan.FromSeconds(10);

    /// <summary>Registers the limits.</summary>
    public static void AddRateLimits(this IHostApplicationBuilder builder)
    {
        builder.AddCheckedOptions<RateLimitOptions>("RateLimit");
        builder.Services.AddRateLimiter(_ => { });
        builder.Services.AddOptions<RateLimiterOptions>().Configure<IOptions<RateLimitOptions>>((limiter, configured) =>
        {
            var options = configured.Value;
            limiter.GlobalLimiter = PartitionedRateLimiter.Create<HttpContext, IPAddress>(
                context => Requests(context, options));
            limiter.AddPolicy(Streams, context => StreamsOf(context, options));
            limiter.OnRejected = (rejected, _) => new(TooManyAsync(
                rejected.HttpContext,
                rejected.Lease.TryGetMetadata(MetadataName.RetryAfter, out var wait) ? wait : StreamsRetryAfter,
                "Too many requests came from this address."));
        });
    }

    /// <summary>Returns 429 with <c>Retry-After</c>, in whole seconds, at least one.</summary>
    public static Task TooManyAsync(HttpContext context, TimeSpan wait, string detail)
    {
        context.Response.Headers.RetryAfter = Math.Max(1, Math.Ceiling(wait.TotalSeconds))
            .ToString(CultureInfo.InvariantCulture);
        return TypedResults.Problem(detail, statusCode: StatusCodes.Status429TooManyRequests).ExecuteAsync(context);
    }

    private static RateLimitPartition<IPAddress> Requests(HttpContext context, RateLimitOptions options) =>
        options.Enabled
            ? RateLimitPartition.GetTokenBucketLimiter(ClientAddress.Of(context), _ => new()
            {
                TokenLimit = options.Burst,
                TokensPerPeriod = options.RequestsPerSecond,
                ReplenishmentPeriod = TimeSpan.FromSeconds(1),
            })
            : RateLimitPartition.GetNoLimiter(IPAddress.None);

    private static RateLimitPartition<IPAddress> StreamsOf(HttpContext context, RateLimitOptions options) =>
        options.Enabled
            ? RateLimitPartition.GetConcurrencyLimiter(
                ClientAddress.Of(context),
                _ => new() { PermitLimit = options.Streams })
            : RateLimitPartition.GetNoLimiter(IPAddress.None);
}

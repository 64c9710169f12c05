using Amazon.Runtime;
using Amazon.Runtime.Internal;
using Amazon.Runtime.Internal.Auth;
using Amazon.Util;

namespace CacheDemo.Redis;

/// <summary>
/// The password of an ElastiCache user with IAM authentication: a pre-signed <c>connect</c> request (Signature Version
/// 4) without its scheme (https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/auth-iam.html).
/// </summary>
public static class ElastiCacheToken
{
    private const string Service = "elasticache";

    /// <summary>How long a token can be used to connect, in seconds: the most that AWS allows.</summary>
    private const string ExpiresInSeconds = "900";

    /// <summary>Creates a token.</summary>
    /// <param name="user">The id of the ElastiCache user.</param>
    /// <param name="cache">The name of the replication group or serverless cache.</param>
    /// <param name="region">The region it is in: <c>eu-central-1</c>.</param>
    /// <param name="serverless">Whether it is a serverless cache.</param>
    /// <param name="credentials">The IAM identity's.</param>
    /// <param name="at">The current time.</param>
    public static string Create(
        string user, string cache, string region, bool serverless, ImmutableCredentials credentials, DateTimeOffset at)
    {
        // AWS stores the name of a cache in lower case.
        cache = cache.ToLowerInvariant();
        var request = new DefaultRequest(new ConnectRequest(), Service)
        {
            HttpMethod = "GET",
            Endpoint = new Uri($"http://{cache}"),
            ResourcePath = "/",
            UseQueryString = true,
        };
        request.Parameters["Action"] = "connect";
        request.Parameters["User"] = user;
        if (serverless)
            request.Parameters["ResourceType"] = "ServerlessCache";
        request.Parameters["X-Amz-Expires"] = ExpiresInSeconds;
        if (credentials.UseToken)
            request.Parameters["X-Amz-Security-Token"] = credentials.Token;

        var signed = AWS4PreSignedUrlSigner.SignRequest(
            request, clientConfig: null, metrics: null, credentials.AccessKey, credentials.SecretKey, Service, region,
            at.UtcDateTime);
        var parameters = request.Parameters.Select(parameter =>
            $"{parameter.Key}={AWSSDKUtils.UrlEncode(parameter.Value, path: false)}");
        return $"{cache}/?{string.Join('&', parameters)}&{signed.ForQueryParameters}";
    }

    private sealed class ConnectRequest : AmazonWebServiceRequest;
}

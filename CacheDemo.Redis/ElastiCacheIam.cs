using Amazon.Runtime;
using Amazon.Runtime.CredentialManagement;
using Amazon.Runtime.Credentials;

namespace CacheDemo.Redis;

/// <summary>
/// Authenticates as an IAM identity with the credentials that the AWS SDK finds: environment, profile (also one of
/// <c>aws sso login</c>), web identity, container, instance. Every password is a new token.
/// </summary>
internal sealed class ElastiCacheIam(ElastiCacheIamSettings settings, string region, TimeProvider clock)
    : IRedisCredentials
{
    /// <summary>
    /// How long a connection waits for credentials; those that are found later serve the next connection.
    /// </summary>
    private static readonly TimeSpan Timeout = TimeSpan.FromMilliseconds(500);

    private readonly Lock _requesting = new();
    private Task<ImmutableCredentials>? _request;

    public string? User => settings.User;

    public string? Password => ElastiCacheToken.Create(
        settings.User!, settings.Cache!, region, settings.Serverless, Credentials(), clock.GetUtcNow());

    /// <summary>How often open connections authenticate again.</summary>
    public TimeSpan ReauthenticateAfter => settings.ReauthenticateAfter;

    // StackExchange.Redis asks for the password synchronously. The SDK caches credentials and renews them before they
    // expire, but the first request may take seconds where it goes to a metadata service that does not exist.
    private ImmutableCredentials Credentials()
    {
        Task<ImmutableCredentials> request;
        lock (_requesting)
        {
            request = _request is { IsCompleted: false } ? _request : _request = Task.Run(async () =>
            {
                var credentials = SsoProfile()
                    ?? await DefaultAWSCredentialsIdentityResolver.GetCredentialsAsync(clientConfig: null);
                return await credentials.GetCredentialsAsync();
            });
        }

        try
        {
            return request.Wait(Timeout)
                ? request.Result
                : throw new RedisCredentialsException("the AWS SDK is still looking for credentials");
        }
        catch (AggregateException e) when (e.InnerException is AmazonClientException && SsoProfile() is not null)
        {
            throw new RedisCredentialsException("the AWS profile has no session: aws sso login makes one");
        }
        catch (AggregateException e)
        {
            throw new RedisCredentialsException(
                $"the AWS SDK finds no credentials ({e.InnerException!.GetType().Name})");
        }
    }

    // The SDK's own search skips SSO profiles, as some are interactive; after aws sso login this one is not.
    private static AWSCredentials? SsoProfile()
    {
        Func<string, string?> environment = Environment.GetEnvironmentVariable;
        if (environment("AWS_ACCESS_KEY_ID") is { Length: > 0 })
            return null;
        var name = environment("AWS_PROFILE") is { Length: > 0 } chosen ? chosen : "default";
        var profiles = new CredentialProfileStoreChain();
        return profiles.TryGetProfile(name, out var profile)
            && (profile.Options.SsoSession ?? profile.Options.SsoStartUrl) is not null
            && profiles.TryGetAWSCredentials(name, out var credentials) ? credentials : null;
    }
}

using Amazon.Runtime;
using Amazon.Runtime.CredentialManagement;
using Amazon.Runtime.Credentials;

namespace CacheDemo.Api.Redis;

/// <summary>
/// Signs in as an IAM identity, which the AWS SDK finds where it always does: environment, profile (also one of
/// <c>aws sso login</c>), web identity, container, instance. Every password is a new token.
/// </summary>
internal sealed class ElastiCacheIam(ElastiCacheIamOptions options, TimeProvider clock) : IRedisCredentials
{
    /// <summary>A connection waits so long at most; what the SDK finds later is for the next one.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(500);

    private readonly Lock _asking = new();
    private Task<ImmutableCredentials>? _asked;

    public string? User => options.User;

    public string? Password => ElastiCacheToken.Create(
        options.User!, options.Cache!, options.Region!, options.Serverless, Credentials(), clock.GetUtcNow());

    /// <summary>How often live connections sign in again.</summary>
    public TimeSpan ReauthenticateAfter => options.ReauthenticateAfter;

    // StackExchange.Redis wants the password at once, on a thread of its pool. The SDK keeps credentials and renews them
    // before they end, but the first question may take seconds, when it goes to a metadata service that is not there.
    private ImmutableCredentials Credentials()
    {
        Task<ImmutableCredentials> asked;
        lock (_asking)
        {
            asked = _asked is { IsCompleted: false } ? _asked : _asked = Task.Run(async () =>
                await (SsoProfile() ?? await DefaultAWSCredentialsIdentityResolver.GetCredentialsAsync(clientConfig: null)).GetCredentialsAsync());
        }

        try
        {
            return asked.Wait(Patience)
                ? asked.Result
                : throw new RedisCredentialsException("the AWS SDK is still looking for credentials");
        }
        catch (AggregateException e) when (e.InnerException is AmazonClientException && SsoProfile() is not null)
        {
            throw new RedisCredentialsException("the AWS profile has no session: aws sso login makes one");
        }
        catch (AggregateException e)
        {
            throw new RedisCredentialsException($"the AWS SDK finds no credentials ({e.InnerException!.GetType().Name})");
        }
    }

    // The SDK's own search leaves such a profile out, as some need a person to answer; after aws sso login none is needed.
    private static AWSCredentials? SsoProfile()
    {
        Func<string, string?> environment = Environment.GetEnvironmentVariable;
        if (environment("AWS_ACCESS_KEY_ID") is { Length: > 0 })
            return null;
        var name = environment("AWS_PROFILE") is { Length: > 0 } chosen ? chosen : "default";
        var profiles = new CredentialProfileStoreChain();
        return profiles.TryGetProfile(name, out var profile) && (profile.Options.SsoSession ?? profile.Options.SsoStartUrl) is not null
            && profiles.TryGetAWSCredentials(name, out var credentials) ? credentials : null;
    }
}

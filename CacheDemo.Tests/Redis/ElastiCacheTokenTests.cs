using Amazon.Runtime;
using CacheDemo.Redis;

namespace CacheDemo.Tests.Redis;

/// <summary>
/// Tokens against those that botocore 1.43.11 made: <c>SigV4QueryAuth(credentials, 'elasticache', region,
/// expires=900)</c>, its clock held at 2026-01-02 03:04:05, <c>add_auth(AWSRequest(method='GET',
/// url='http://&lt;cache&gt;/?Action=connect&amp;User=…'))</c>, and of the URL what follows <c>http://</c>.
/// </summary>
public class ElastiCacheTokenTests
{
    private const string SecretKey = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";

    private static readonly DateTimeOffset At = new(2026, 1, 2, 3, 4, 5, TimeSpan.Zero);

    [Fact]
    public void Of_a_replication_group() =>
        AssertSame(
            "my-cache/?Action=connect&User=demo-user&X-Amz-Algorithm=AWS4-HMAC-SHA256"
                + "&X-Amz-Credential=AKIDEXAMPLE%2F20260102%2Fus-east-1%2Felasticache%2Faws4_request"
                + "&X-Amz-Date=20260102T030405Z&X-Amz-Expires=900&X-Amz-SignedHeaders=host"
                + "&X-Amz-Signature=6735bb2c3e6569805285ae16cebe6a6ba204efb6375733b268074179bcb35539",
            ElastiCacheToken.Create(
                "demo-user",
                "my-cache",
                "us-east-1",
                serverless: false,
                new("AKIDEXAMPLE", SecretKey, null),
                At));

    [Fact]
    public void Of_a_serverless_cache_whose_name_was_not_given_in_lower_case() =>
        AssertSame(
            "my-serverless/?Action=connect&User=demo-user&ResourceType=ServerlessCache"
                + "&X-Amz-Algorithm=AWS4-HMAC-SHA256"
                + "&X-Amz-Credential=AKIDEXAMPLE%2F20260102%2Feu-central-1%2Felasticache%2Faws4_request"
                + "&X-Amz-Date=20260102T030405Z&X-Amz-Expires=900&X-Amz-SignedHeaders=host"
                + "&X-Amz-Signature=bb0ccac9fcb1b839d5a49d5232563e9a674ad7ab5f7db77d119c711467599798",
            ElastiCacheToken.Create(
                "demo-user",
                "My-Serverless",
                "eu-central-1",
                serverless: true,
                new("AKIDEXAMPLE", SecretKey, null),
                At));

    [Fact]
    public void Of_a_role_whose_credentials_have_a_session_token() =>
        AssertSame(
            "my-cache/?Action=connect&User=demo_user.1&X-Amz-Algorithm=AWS4-HMAC-SHA256"
                + "&X-Amz-Credential=ASIAEXAMPLE%2F20260102%2Fap-southeast-2%2Felasticache%2Faws4_request"
                + "&X-Amz-Date=20260102T030405Z&X-Amz-Expires=900&X-Amz-SignedHeaders=host"
                + "&X-Amz-Security-Token="
                + "AQoDYXdzEPT%2F%2F%2F%2F%2F%2F%2F%2F%2F%2FwEXAMPLEtc764bNrC9SAPBSM22wDOk4x4HIZ8j4FZTwdQW%3D%3D"
                + "&X-Amz-Signature=a62bfd81d1640edf34e739094e2ee2367d0f58ab21aac1c4de4f4a40865b0bc3",
            ElastiCacheToken.Create(
                "demo_user.1",
                "my-cache",
                "ap-southeast-2",
                serverless: false,
                new(
                    "ASIAEXAMPLE",
                    SecretKey,
                    "AQoDYXdzEPT//////////wEXAMPLEtc764bNrC9SAPBSM22wDOk4x4HIZ8j4FZTwdQW=="
                ),
                At));

    // The signature is of the sorted query; AWS accepts it in any order.
    private static void AssertSame(string expected, string token)
    {
        Assert.Equal(expected.Split('?')[0], token.Split('?')[0]);
        Assert.Equal(
            expected.Split('?')[1].Split('&').Order(StringComparer.Ordinal),
            token.Split('?')[1].Split('&').Order(StringComparer.Ordinal));
    }
}

using CacheDemo.Redis;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace CacheDemo.Tests.Redis;

/// <summary>What is wrong in the settings is said before anything connects, one line for each.</summary>
public class ElastiCacheSettingsTests
{
    private const string Both = "ElastiCache:Iam signs in by itself: leave user, password and Redis:PasswordFile out.";

    [Theory]
    [InlineData("Redis:ReadFrom=both is not known: use primary or replica.", "Redis:ReadFrom=both")]
    [InlineData(
        "Redis:CertificateAuthority=/nowhere cannot be read: it must be a PEM file (FileNotFoundException).",
        "Redis:CertificateAuthority=/nowhere")]
    [InlineData(
        "Redis:CertificateAuthority=/dev/null holds no certificate.", "Redis:CertificateAuthority=/dev/null")]
    [InlineData("Redis:PasswordFile=/nowhere cannot be read (FileNotFoundException).", "Redis:PasswordFile=/nowhere")]
    [InlineData("Redis:PasswordFile=/dev/null is empty.", "Redis:PasswordFile=/dev/null")]
    [InlineData(
        "Redis:Password and Redis:PasswordFile are both set: use one of them.",
        "Redis:Password=p", "Redis:PasswordFile=/dev/null")]
    [InlineData(
        "ElastiCache:Iam:User is missing: User, Cache and Region belong together.",
        "ElastiCache:Iam:Cache=c", "ElastiCache:Iam:Region=r")]
    [InlineData(
        "ElastiCache:Iam:Region is missing: User, Cache and Region belong together.",
        "ElastiCache:Iam:User=u", "ElastiCache:Iam:Cache=c")]
    [InlineData(
        "ElastiCache:Iam:Cache=c.use1.cache.amazonaws.com:6379 is no name: letters, digits and hyphens. "
            + "Addresses belong in the connection string.",
        "ElastiCache:Iam:User=u", "ElastiCache:Iam:Cache=c.use1.cache.amazonaws.com:6379", "ElastiCache:Iam:Region=r")]
    [InlineData(
        "ElastiCache:Iam:ReauthenticateAfter=12:00:00 is not a time from 00:00:01 to 11:00:00.",
        "ElastiCache:Iam:User=u", "ElastiCache:Iam:Cache=c", "ElastiCache:Iam:Region=r",
        "ElastiCache:Iam:ReauthenticateAfter=12:00:00")]
    [InlineData(
        "Failed to convert configuration value 'perhaps' at 'ElastiCache:Iam:Serverless' to type 'System.Boolean'.",
        "ElastiCache:Iam:Serverless=perhaps")]
    [InlineData(
        "ElastiCache:Iam needs TLS: the connection string must say rediss:// or ssl=true.",
        "ElastiCache:Iam:User=u", "ElastiCache:Iam:Cache=c", "ElastiCache:Iam:Region=r",
        "ConnectionStrings:redis=localhost:6379")]
    [InlineData(
        Both,
        "ElastiCache:Iam:User=u", "ElastiCache:Iam:Cache=c", "ElastiCache:Iam:Region=r",
        "ConnectionStrings:redis=rediss://:hunter2@localhost")]
    [InlineData(
        Both,
        "ElastiCache:Iam:User=u", "ElastiCache:Iam:Cache=c", "ElastiCache:Iam:Region=r", "Redis:Password=hunter2")]
    public void An_invalid_setting_is_one_line(string line, params string[] settings)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "it has other names for files that are not there");
        Assert.Equal([line], Failures(settings));
    }

    [Fact]
    public void All_invalid_settings_are_named_at_once() =>
        Assert.Equal(
            [
                "ConnectionStrings:redis is missing: set it to host:6379 or a redis:// URL.",
                "Redis:ReadFrom=both is not known: use primary or replica.",
                "ElastiCache:Iam:User is missing: User, Cache and Region belong together.",
                "ElastiCache:Iam:Cache=a b is no name: letters, digits and hyphens. "
                    + "Addresses belong in the connection string.",
            ],
            Failures("ConnectionStrings:redis=", "Redis:ReadFrom=both", "ElastiCache:Iam:Cache=a b"));

    [Fact]
    public void Settings_that_code_changes_are_validated_too()
    {
        var builder = Builder("ElastiCache:Iam:User=u", "ElastiCache:Iam:Cache=c", "ElastiCache:Iam:Region=r");
        var refused = Assert.Throws<OptionsValidationException>(() => builder.AddElastiCacheClient(
            "redis", settings => (settings.ReadFrom, settings.Iam!.ReauthenticateAfter) = (null!, TimeSpan.Zero)));
        Assert.Equal(
            [
                "Redis:ReadFrom= is not known: use primary or replica.",
                "ElastiCache:Iam:ReauthenticateAfter=00:00:00 is not a time from 00:00:01 to 11:00:00.",
            ],
            refused.Failures);
    }

    [Fact]
    public void A_second_client_is_refused()
    {
        var builder = Builder();
        builder.AddElastiCacheClient("redis");
        var refused = Assert.Throws<InvalidOperationException>(() => builder.AddElastiCacheClient("redis"));
        Assert.Equal("AddElastiCacheClient was called twice: an application has one client.", refused.Message);
    }

    private static IEnumerable<string> Failures(params string[] settings) =>
        Assert.Throws<OptionsValidationException>(() => Builder(settings).AddElastiCacheClient("redis")).Failures;

    private static HostApplicationBuilder Builder(params string[] settings)
    {
        var builder = Host.CreateEmptyApplicationBuilder(null);
        builder.Configuration.AddInMemoryCollection(
            settings.Prepend("ConnectionStrings:redis=rediss://localhost:6379")
                .Select(setting => setting.Split('=', 2))
                .GroupBy(pair => pair[0], pair => (string?)pair[1])
                .Select(setting => KeyValuePair.Create(setting.Key, setting.Last())));
        return builder;
    }
}

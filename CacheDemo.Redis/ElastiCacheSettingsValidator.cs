using System.Text.RegularExpressions;
using Microsoft.Extensions.Options;
using StackExchange.Redis;

namespace CacheDemo.Redis;

/// <summary>Validates settings before anything connects: one line for each failure.</summary>
internal sealed partial class ElastiCacheSettingsValidator : IValidateOptions<ElastiCacheSettings>
{
    /// <inheritdoc />
    public ValidateOptionsResult Validate(string? name, ElastiCacheSettings settings)
    {
        if (settings.ConnectionString is not { Length: > 0 } connectionString)
            return ValidateOptionsResult.Fail(
                $"ConnectionStrings:{name} is missing: set it to host:6379 or a redis:// URL."
            );
        if (RedisConnectionString.TryParse(connectionString, out var problem) is not { } options)
            return ValidateOptionsResult.Fail($"The Redis connection string is malformed: {problem}");

        string[] failures = [.. Connection(settings, options), .. Credentials(settings, options)];
        return failures.Length == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(failures);
    }

    private static IEnumerable<string> Connection(ElastiCacheSettings settings, ConfigurationOptions options)
    {
        if (ReadPreference.Parse(settings.ReadFrom) is null)
            yield return $"Redis:ReadFrom={settings.ReadFrom} is not known: use primary or replica.";
        if (settings.CertificateAuthority is not { Length: > 0 } path)
            yield break;
        if (Failure<FormatException>(() => CertificateAuthority.Load(path)) is { } unusable)
            yield return unusable;
        else if (!options.Ssl)
            yield return "Redis:CertificateAuthority is for TLS: the connection string must say rediss:// or ssl=true.";
    }

    private static IEnumerable<string> Credentials(ElastiCacheSettings settings, ConfigurationOptions options)
    {
        if (settings.Iam is { } iam)
            return Iam(iam, settings, options);
        if (settings is { Password.Length: > 0, PasswordFile.Length: > 0 })
            return ["Redis:Password and Redis:PasswordFile are both set: use one of them."];
        if (settings.PasswordFile is { Length: > 0 } path)
        {
            var file = new PasswordFile(path, options.User);
            return Failure<RedisCredentialsException>(() => _ = file.Password) is { } unreadable
                ? [$"{unreadable}."]
                : [];
        }

        // With a user and no password StackExchange.Redis does not authenticate at all.
        return
            options.User is not (null or "default")
            && settings.Password is not { Length: > 0 }
            && options.Password is null
            ?
            [
                "The Redis connection string names a user and no password: "
                    + "give password=, Redis:Password or Redis:PasswordFile.",
            ]
            : [];
    }

    private static IEnumerable<string> Iam(
        ElastiCacheIamSettings iam, ElastiCacheSettings settings, ConfigurationOptions options)
    {
        var names = new[]
        {
            ("User", iam.User, UserName(), "letters, digits, hyphens and dots"),
            ("Cache", iam.Cache, Name(), "letters, digits and hyphens"),
            ("Region", iam.RegionOf(options), Name(), "letters, digits and hyphens"),
        };
        foreach (var (name, value, pattern, allowed) in names)
        {
            if (string.IsNullOrWhiteSpace(value))
                return [$"ElastiCache:Iam:{name} is missing: User, Cache and Region belong together."];
            if (!pattern.IsMatch(value))
                return
                [
                    $"ElastiCache:Iam:{name}={value} is no name: {allowed}. Addresses belong in the connection string.",
                ];
        }

        if (!options.Ssl)
            return ["ElastiCache:Iam needs TLS: the connection string must say rediss:// or ssl=true."];
        return options.User is not null || options.Password is not null
            || settings.Password is { Length: > 0 } || settings.PasswordFile is { Length: > 0 }
            ? ["ElastiCache:Iam signs in by itself: leave user, password and Redis:PasswordFile out."]
            : [];
    }

    private static string? Failure<TException>(Action action) where TException : Exception
    {
        try
        {
            action();
            return null;
        }
        catch (TException e)
        {
            return e.Message;
        }
    }

    [GeneratedRegex(@"^[A-Za-z0-9-]+\z")]
    private static partial Regex Name();

    // The user that AWS creates for public endpoints is default.iam-user.
    [GeneratedRegex(@"^[A-Za-z0-9.-]+\z")]
    private static partial Regex UserName();
}

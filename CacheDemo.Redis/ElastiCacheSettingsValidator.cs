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
        List<string> failures = [];
        ConfigurationOptions? options = null;
        if (settings.ConnectionString is not { Length: > 0 } connectionString)
            failures.Add($"ConnectionStrings:{name} is missing: set it to host:6379 or a redis:// URL.");
        else if ((options = RedisConnectionString.TryParse(connectionString, out var problem)) is null)
            failures.Add($"The Redis connection string is malformed: {problem}");

        failures.AddRange(Connection(settings, options));
        failures.AddRange(settings.Iam is { } iam ? Iam(iam, settings, options) : Password(settings, options));
        return failures.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(failures);
    }

    // Options are null where the connection string is missing or malformed.
    private static IEnumerable<string> Connection(ElastiCacheSettings settings, ConfigurationOptions? options)
    {
        if (ReadPreference.Parse(settings.ReadFrom) is null)
            yield return $"Redis:ReadFrom={settings.ReadFrom} is not known: use primary or replica.";
        if (settings.CertificateAuthority is not { Length: > 0 } path)
            yield break;
        if (Failure<FormatException>(() => CertificateAuthority.Load(path)) is { } unusable)
            yield return unusable;
        else if (options?.Ssl is false)
            yield return "Redis:CertificateAuthority is for TLS: the connection string must say rediss:// or ssl=true.";
    }

    private static IEnumerable<string> Password(ElastiCacheSettings settings, ConfigurationOptions? options)
    {
        if (settings is { Password.Length: > 0, PasswordFile.Length: > 0 })
        {
            yield return "Redis:Password and Redis:PasswordFile are both set: use one of them.";
        }
        else if (settings.PasswordFile is { Length: > 0 } path)
        {
            var file = new PasswordFile(path, options?.User);
            if (Failure<RedisCredentialsException>(() => _ = file.Password) is { } unreadable)
                yield return $"{unreadable}.";
        }
        // With a user and no password StackExchange.Redis does not authenticate at all.
        else if (options is { User: not (null or "default"), Password: null }
            && settings.Password is not { Length: > 0 })
        {
            yield return "The Redis connection string names a user and no password: "
                + "give password=, Redis:Password or Redis:PasswordFile.";
        }
    }

    private static IEnumerable<string> Iam(
        ElastiCacheIamSettings iam, ElastiCacheSettings settings, ConfigurationOptions? options)
    {
        const string Letters = "letters, digits and hyphens";
        var names = new List<(string Name, string? Value, Regex Pattern, string Allowed)>
        {
            ("User", iam.User, UserName(), "letters, digits, hyphens and dots"),
            ("Cache", iam.Cache, Name(), Letters),
        };
        if (options is not null)
            names.Add(("Region", iam.RegionOf(options), Name(), Letters));
        foreach (var (name, value, pattern, allowed) in names)
        {
            if (string.IsNullOrWhiteSpace(value))
                yield return $"ElastiCache:Iam:{name} is missing: User, Cache and Region belong together.";
            else if (!pattern.IsMatch(value))
                yield return $"ElastiCache:Iam:{name}={value} is no name: {allowed}. "
                    + "Addresses belong in the connection string.";
        }

        if (!iam.IsReauthenticateAfterAllowed)
            yield return $"ElastiCache:Iam:ReauthenticateAfter={iam.ReauthenticateAfter} is not a time from 00:00:01 "
                + "to 11:00:00.";
        if (options?.Ssl is false)
            yield return "ElastiCache:Iam needs TLS: the connection string must say rediss:// or ssl=true.";
        if (options?.User is not null || options?.Password is not null
            || settings.Password is { Length: > 0 } || settings.PasswordFile is { Length: > 0 })
        {
            yield return "ElastiCache:Iam signs in by itself: leave user, password and Redis:PasswordFile out.";
        }
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

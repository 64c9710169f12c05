using System.Security.Authentication;
using StackExchange.Redis;

namespace CacheDemo.Api.Redis;

/// <summary>Says in words why Redis cannot be had, from what StackExchange.Redis makes of it: never a part of a password.</summary>
internal static class RedisFailure
{
    /// <summary>The reason, or null where the exception does not say more than its type.</summary>
    public static string? Describe(Exception? exception)
    {
        for (; exception is not null; exception = exception.InnerException)
        {
            var message = exception.Message;
            bool Says(string text) => message.Contains(text, StringComparison.OrdinalIgnoreCase);

            if (exception is RedisCredentialsException)
                return message;
            if (Says("WRONGPASS") || Says("NOAUTH") || Says("invalid password"))
                return "the user or the password is refused";
            if (Says("NOPERM"))
                return "the user has not the rights that docs/elasticache.md names";
            // With an authority of one's own, .NET's message does not tell a wrong name from a wrong authority.
            if (exception is AuthenticationException && Says("ValidationCallback"))
                return "its certificate is not from Redis:CertificateAuthority, or is for another name";
            if (exception is AuthenticationException && Says("certificate"))
                return Says("NameMismatch") ? "its certificate is for another name" : "its certificate is not from an authority that this machine trusts";
        }

        return null;
    }
}

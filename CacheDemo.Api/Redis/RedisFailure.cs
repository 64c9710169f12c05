using System.Security.Authentication;
using StackExchange.Redis;
using StackExchange.Redis.Availability;

// What kind of error Redis answered, and whether a command can have been applied, StackExchange.Redis knows better than its
// messages tell; it calls both experimental.
#pragma warning disable SER007

namespace CacheDemo.Api.Redis;

/// <summary>Says in words what is wrong with Redis, from what StackExchange.Redis makes of it: never a part of a password.</summary>
internal static class RedisFailure
{
    /// <summary>The reason that is no fault of Redis's: the key holds something else.</summary>
    public const string WrongType = "wrong_type";

    /// <summary>Nothing answers.</summary>
    public static readonly RedisProblem Unreachable = new("unreachable", "Redis does not answer.");

    /// <summary>StackExchange.Redis does not send what it was asked to.</summary>
    public static readonly RedisProblem NotSent = new("refused", "The client of Redis refuses what the API asks.");

    private static readonly (string, string) ReadOnly = ("read_only", "This Redis takes no writes, as during a failover.");

    /// <summary>What a request met: a word for programs, a sentence for people.</summary>
    /// <param name="exception">What the request met.</param>
    /// <param name="onlyReplicas">Whether no primary is to be found, as after a failover.</param>
    public static (string Reason, string Detail) Classify(Exception exception, bool onlyReplicas = false) => exception switch
    {
        WriteInDoubtException { InnerException: { } inner } => Classify(inner, onlyReplicas),
        TimeoutException => ("timeout", "Redis did not answer in time."),
        RedisRefusedException { Problem: var problem } => (problem.Reason, problem.Detail),
        RedisCommandException refused => Classify(refused),
        RedisServerException error => error.Kind switch
        {
            RedisErrorKind.WrongType => (WrongType, "The key holds something other than a string; it was not set through this API."),
            RedisErrorKind.OutOfMemory => ("out_of_memory", "Redis is out of memory: it stores nothing until keys end or are deleted."),
            RedisErrorKind.Loading or RedisErrorKind.MasterDown => ("loading", "Redis is loading its data."),
            RedisErrorKind.ReadOnly or RedisErrorKind.NoReplicas or RedisErrorKind.Misconfigured =>
                ReadOnly,
            RedisErrorKind.ClusterDown or RedisErrorKind.TryAgain or RedisErrorKind.Moved or RedisErrorKind.Ask or RedisErrorKind.UnknownRedirectTarget =>
                ("cluster_down", "The cluster does not serve this key now, as during a failover."),
            RedisErrorKind.NoPermission when error.Message.Contains("channel", StringComparison.OrdinalIgnoreCase) =>
                ("no_permission", "Redis denies the API's user the right to the channels that it needs."),
            RedisErrorKind.NoPermission => ("no_permission", "Redis denies the API's user a right that it needs."),
            RedisErrorKind.NoAuth or RedisErrorKind.WrongPass => ("not_authenticated", "Redis does not let the API in."),
            RedisErrorKind.Busy => ("busy", "Redis is busy with a script."),
            _ => ("refused", "Redis refuses what the API asks."),
        },
        _ => onlyReplicas ? ReadOnly : (Unreachable.Reason, Unreachable.Detail),
    };

    // What the client refuses before it asks Redis, it says in its messages alone.
    private static (string Reason, string Detail) Classify(RedisCommandException refused)
    {
        bool Says(string text) => refused.Message.Contains(text, StringComparison.OrdinalIgnoreCase);
        return Says("command-map") || Says("admin mode")
            ? ("command_disabled", "The connection string turns off a command that this needs: "
                + "allowAdmin=false, or a command without a name.")
            : Says("replica") ? ReadOnly
            : (NotSent.Reason, NotSent.Detail);
    }

    /// <summary>Whether Redis does not answer, or not as it should, or its client does not ask it.</summary>
    public static bool IsAway(Exception exception) => exception is RedisException or RedisCommandException or TimeoutException;

    /// <summary>Whether Redis, or its client, refused a command: waiting for an answer will not help.</summary>
    public static bool IsRefusal(Exception? exception) => exception is RedisServerException or RedisCommandException;

    /// <summary>Whether a command that failed so was certainly not carried out.</summary>
    public static bool IsNotApplied(Exception exception) =>
        IsRefusal(exception) || exception is RedisRefusedException
        || (exception is not WriteInDoubtException && new FaultContext(exception).NotApplied);

    /// <summary>Why there is no connection, or null where the exception does not say more than its type.</summary>
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

/// <summary>Redis went away in the middle of a write: a part of it was carried out, or may have been.</summary>
internal sealed class WriteInDoubtException(Exception inner) : RedisException("The write was not answered.", inner);

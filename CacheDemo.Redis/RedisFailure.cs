using System.Security.Authentication;
using StackExchange.Redis;
using StackExchange.Redis.Availability;

// The kind of a Redis error, and whether a command may have been applied, are experimental in StackExchange.Redis.
#pragma warning disable SER007

namespace CacheDemo.Redis;

/// <summary>Classifies failures of Redis and of its client. No text holds an address or a secret.</summary>
public static class RedisFailure
{
    /// <summary>The reason where a key holds a value of another type.</summary>
    public const string WrongType = "wrong_type";

    /// <summary>Redis does not answer.</summary>
    public static RedisProblem Unreachable { get; } = new("unreachable", "Redis does not answer.");

    /// <summary>The client does not send the command.</summary>
    public static RedisProblem NotSent { get; } = new("refused", "The Redis client refuses the command.");

    private static readonly (string, string) ReadOnly = (
        "read_only",
        "This Redis takes no writes, as during a failover.");

    /// <summary>Why an operation failed: a word for programs and a sentence for people.</summary>
    /// <param name="exception">The failure, for which <see cref="IsRedisFault"/> is true.</param>
    /// <param name="onlyReplicas">
    /// Whether only replicas are connected, see <see cref="RedisConnectionState.OnlyReplicas"/>.
    /// </param>
    public static (string Reason, string Detail) Classify(Exception exception, bool onlyReplicas = false) =>
        exception switch
        {
            WriteInDoubtException { InnerException: { } inner } => Classify(inner, onlyReplicas),
            TimeoutException => ("timeout", "Redis did not answer in time."),
            RedisRefusedException { Problem: var problem } => (problem.Reason, problem.Detail),
            RedisCommandException refused => ClassifyCommand(refused),
            RedisServerException error => error.Kind switch
            {
                RedisErrorKind.WrongType => (WrongType, "The key holds something other than a string."),
                RedisErrorKind.OutOfMemory => (
                    "out_of_memory",
                    "Redis is out of memory: it stores nothing until keys end or are deleted."),
                RedisErrorKind.Loading or RedisErrorKind.MasterDown => ("loading", "Redis is loading its data."),
                RedisErrorKind.ReadOnly or RedisErrorKind.NoReplicas or RedisErrorKind.Misconfigured => ReadOnly,
                RedisErrorKind.ClusterDown
                or RedisErrorKind.TryAgain
                or RedisErrorKind.Moved
                or RedisErrorKind.Ask
                or RedisErrorKind.UnknownRedirectTarget => (
                    "cluster_down",
                    "The cluster does not serve this key now, as during a failover."),
                RedisErrorKind.NoPermission
                    when error.Message.Contains("channel", StringComparison.OrdinalIgnoreCase) => (
                    "no_permission",
                    "Redis denies the user the right to the channels that it needs."),
                RedisErrorKind.NoPermission => ("no_permission", "Redis denies the user a right that it needs."),
                RedisErrorKind.NoAuth or RedisErrorKind.WrongPass => (
                    "not_authenticated",
                    "Redis refuses the user or the password."),
                RedisErrorKind.Busy => ("busy", "Redis is busy with a script."),
                _ => ("refused", "Redis refuses the command."),
            },
            _ => onlyReplicas ? ReadOnly : (Unreachable.Reason, Unreachable.Detail),
        };

    // The client's own refusals differ only in their messages.
    private static (string Reason, string Detail) ClassifyCommand(RedisCommandException refused)
    {
        bool Says(string text) => refused.Message.Contains(text, StringComparison.OrdinalIgnoreCase);
        return Says("command-map") || Says("admin mode")
            ? ("command_disabled", "The connection string turns off a command that this needs: "
                + "allowAdmin=false, or a command without a name.")
            : Says("replica") ? ReadOnly
            : (NotSent.Reason, NotSent.Detail);
    }

    /// <summary>
    /// Whether an exception comes from Redis or its client: no reply, an error reply, or a command that was not sent.
    /// </summary>
    /// <param name="exception">The exception.</param>
    public static bool IsRedisFault(Exception exception) => 
        exception is RedisException or RedisCommandException or TimeoutException;

    /// <summary>
    /// Whether Redis replied with an error, or StackExchange.Redis rejected the command: waiting for a reply does not
    /// help. Not for a <see cref="RedisRefusedException"/>.
    /// </summary>
    /// <param name="exception">The exception.</param>
    public static bool IsRefusal(Exception? exception) => exception is RedisServerException or RedisCommandException;

    /// <summary>Whether the command that failed was certainly not applied.</summary>
    /// <param name="exception">The exception.</param>
    public static bool IsNotApplied(Exception exception) =>
        IsRefusal(exception) || exception is RedisRefusedException
        || (exception is not WriteInDoubtException && new FaultContext(exception).NotApplied);

    /// <summary>Why there is no connection; null where the exception says no more than its type.</summary>
    /// <param name="exception">The exception.</param>
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
                return "the user has not the rights that it needs";
            // With a private authority, the message of .NET does not tell a wrong name from a wrong authority.
            if (exception is AuthenticationException && Says("ValidationCallback"))
                return "its certificate is not from Redis:CertificateAuthority, or is for another name";
            if (exception is AuthenticationException && Says("certificate"))
            {
                return Says("NameMismatch")
                    ? "its certificate is for another name"
                    : "its certificate is not from an authority that this machine trusts";
            }
        }

        return null;
    }
}

/// <summary>A write failed after a part of it was applied, or may have been.</summary>
/// <param name="inner">The failure.</param>
public sealed class WriteInDoubtException(Exception inner) : RedisException("The write was not answered.", inner);

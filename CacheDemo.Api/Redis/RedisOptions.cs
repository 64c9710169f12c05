namespace CacheDemo.Api.Redis;

/// <summary>How the API comes to its Redis, beside the connection string; section <c>Redis</c>.</summary>
internal sealed class RedisOptions
{
    /// <summary>
    /// A PEM file with the one certificate authority to trust beside those the machine trusts, for servers whose certificate is
    /// not a public one's. ElastiCache's is.
    /// </summary>
    public string? CertificateAuthority { get; set; }

    /// <summary>
    /// A file with the password, or the AUTH token, instead of the one in the connection string. It is read at every
    /// connection: whoever rotates the password writes it there, and nothing is restarted.
    /// </summary>
    public string? PasswordFile { get; set; }

    /// <summary>
    /// The password, or the AUTH token, instead of the one in the connection string: for where a secret store gives it as a
    /// variable of its own.
    /// </summary>
    public string? Password { get; set; }

    /// <summary><c>primary</c>, or <c>replica</c> for gets that may come from a replica, and be a moment old.</summary>
    public string ReadFrom { get; set; } = "primary";
}

using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace CacheDemo.Redis;

/// <summary>
/// Private certificate authorities in a PEM file: roots, or intermediate ones. <c>TrustIssuer</c> of
/// StackExchange.Redis uses only the first certificate of a file, and no intermediate one that the server sends.
/// </summary>
internal sealed class CertificateAuthority
{
    /// <summary>Server authentication, RFC 5280 section 4.2.1.12.</summary>
    private static readonly Oid ServerAuthentication = new("1.3.6.1.5.5.7.3.1");

    private readonly X509Certificate2Collection _trusted;

    private CertificateAuthority(X509Certificate2Collection trusted) => _trusted = trusted;

    /// <summary>Reads the certificates.</summary>
    /// <exception cref="FormatException">The file cannot be read, or does not hold a certificate.</exception>
    public static CertificateAuthority Load(string path)
    {
        var found = new X509Certificate2Collection();
        try
        {
            found.ImportFromPemFile(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or CryptographicException)
        {
            throw new FormatException(
                $"Redis:CertificateAuthority={path} cannot be read: it must be a PEM file ({e.GetType().Name}).");
        }

        return found.Count > 0
            ? new CertificateAuthority(found)
            : throw new FormatException($"Redis:CertificateAuthority={path} holds no certificate.");
    }

    /// <summary>
    /// Whether a server is trusted: its certificate is for the name, and the machine or one of the authorities trusts
    /// it.
    /// </summary>
    /// <param name="certificate">The certificate of the server.</param>
    /// <param name="sent">The chain with the other certificates that the server sent.</param>
    /// <param name="errors">What the machine does not accept.</param>
    /// <param name="checkRevocation">Whether revocation lists are read, which may need the internet.</param>
    public bool Trusts(X509Certificate? certificate, X509Chain? sent, SslPolicyErrors errors, bool checkRevocation)
    {
        if (errors is SslPolicyErrors.None)
            return true;
        if (errors is not SslPolicyErrors.RemoteCertificateChainErrors || certificate is not X509Certificate2 server)
            return false;

        using var chain = new X509Chain();
        var policy = chain.ChainPolicy;
        policy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        policy.CustomTrustStore.AddRange(_trusted);
        policy.RevocationMode = checkRevocation ? X509RevocationMode.Online : X509RevocationMode.NoCheck;
        policy.ApplicationPolicy.Add(ServerAuthentication);
        policy.DisableCertificateDownloads = true;
        // An authority of the file may be an intermediate one, whose own issuer is not known here.
        policy.VerificationFlags = X509VerificationFlags.AllowUnknownCertificateAuthority;
        foreach (var element in sent?.ChainElements ?? Enumerable.Empty<X509ChainElement>())
            policy.ExtraStore.Add(element.Certificate);
        // Also the certificate of the server itself, where it is in the file: it may be self-signed.
        return chain.Build(server) && chain.ChainElements.Any(element => IsTrusted(element.Certificate));
    }

    // By all bytes: X509Certificate.Equals compares issuer and serial number only, which anybody can copy.
    private bool IsTrusted(X509Certificate2 certificate) =>
        _trusted.Any(trusted => trusted.RawDataMemory.Span.SequenceEqual(certificate.RawDataMemory.Span));
}

using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace CacheDemo.Redis;

/// <summary>A private certificate authority in a PEM file.</summary>
internal static class CertificateAuthority
{
    /// <summary>Reads the certificate.</summary>
    /// <exception cref="FormatException">The file cannot be read, or does not hold one certificate.</exception>
    public static X509Certificate2 Load(string path)
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

        return found.Count == 1
            ? found[0]
            : throw new FormatException(
                $"Redis:CertificateAuthority={path} holds {found.Count} certificates: it must be the authority's alone."
            );
    }
}

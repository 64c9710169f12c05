using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using StackExchange.Redis;

namespace CacheDemo.Tests.Support;

/// <summary>
/// A certificate authority of the test's own and a server's certificate that it issued, as PEM files.
/// </summary>
public sealed class Certificates : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("cachedemo-tls-");

    /// <summary>Makes them; the certificate is for that name, and for 127.0.0.1 where it is <c>localhost</c>.</summary>
    public Certificates(string host = "localhost")
    {
        var (from, to) = (DateTimeOffset.UtcNow.AddHours(-1), DateTimeOffset.UtcNow.AddDays(1));

        using var authorityKey = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var authority = new CertificateRequest("CN=The authority of a test", authorityKey, HashAlgorithmName.SHA256);
        authority.CertificateExtensions.Add(
            new X509BasicConstraintsExtension(certificateAuthority: true, false, 0, critical: true));
        authority.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign, critical: true));
        using var issuer = authority.CreateSelfSigned(from, to);

        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var server = new CertificateRequest($"CN={host}", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName(host);
        if (host == "localhost")
            names.AddIpAddress(IPAddress.Loopback);
        server.CertificateExtensions.Add(names.Build());
        // The nodes of a cluster are clients of one another.
        server.CertificateExtensions.Add(
            new X509EnhancedKeyUsageExtension(
                [
                    new Oid("1.3.6.1.5.5.7.3.1", "server authentication"),
                    new Oid("1.3.6.1.5.5.7.3.2", "client authentication"),
                ],
                critical: false));
        using var issued = server.Create(issuer, from, to, RandomNumberGenerator.GetBytes(8));

        File.WriteAllText(Authority, issuer.ExportCertificatePem());
        File.WriteAllText(Server, issued.ExportCertificatePem());
        File.WriteAllText(Key, key.ExportPkcs8PrivateKeyPem());
    }

    /// <summary>The file of the authority's certificate.</summary>
    public string Authority => Path.Combine(_folder.FullName, "authority.pem");

    /// <summary>The file of the server's certificate.</summary>
    public string Server => Path.Combine(_folder.FullName, "server.pem");

    /// <summary>The file of the server's key.</summary>
    public string Key => Path.Combine(_folder.FullName, "server.key");

    /// <summary>A client of the test's own, beside the API.</summary>
    public async Task<ConnectionMultiplexer> ConnectAsync(RedisServer server, string password, string? user = null)
    {
        var options = new ConfigurationOptions
        {
            EndPoints = { { "localhost", server.Port } },
            Ssl = true,
            User = user,
            Password = password,
            AllowAdmin = true,
        };
        options.TrustIssuer(Authority);
        return await ConnectionMultiplexer.ConnectAsync(options);
    }

    public void Dispose() => _folder.Delete(recursive: true);
}

using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using CacheDemo.Redis;

namespace CacheDemo.Tests.Redis;

/// <summary>Which servers <c>Redis:CertificateAuthority</c> trusts.</summary>
public sealed class CertificateAuthorityTests : IDisposable
{
    private const SslPolicyErrors Unknown = SslPolicyErrors.RemoteCertificateChainErrors;

    private static readonly DateTimeOffset Now = DateTimeOffset.UtcNow;

    private readonly string _file = Path.GetTempFileName();
    private readonly X509Certificate2 _root = Issue("root", issuer: null, isAuthority: true);
    private readonly X509Certificate2 _other = Issue("other", issuer: null, isAuthority: true);

    public void Dispose() => File.Delete(_file);

    [Fact]
    public void Each_authority_of_the_file_is_trusted_and_no_other_one()
    {
        using var server = Issue("server", _root);
        Assert.True(Trusts(server, Unknown, [_root]));
        Assert.True(Trusts(server, Unknown, [_other, _root]));
        Assert.False(Trusts(server, Unknown, [_other]));
    }

    [Fact]
    public void A_self_signed_certificate_of_the_file_is_trusted_and_no_other_one()
    {
        using var server = Issue("server", issuer: null);
        using var other = Issue("server", issuer: null);
        Assert.True(Trusts(server, Unknown, [server]));
        Assert.False(Trusts(other, Unknown, [server]));
    }

    [Fact]
    public void The_intermediate_authority_that_a_server_sends_leads_to_the_root_of_the_file()
    {
        using var intermediate = Issue("intermediate", _root, isAuthority: true);
        using var server = Issue("server", intermediate);
        Assert.True(Trusts(server, Unknown, [_root], sent: intermediate));
        Assert.True(Trusts(server, Unknown, [intermediate]));
        Assert.False(Trusts(server, Unknown, [_root]));
        Assert.False(Trusts(server, Unknown, [_other], sent: intermediate));
    }

    [Fact]
    public void A_certificate_with_the_names_and_the_serial_number_of_an_authority_is_not_trusted()
    {
        using var intermediate = Issue("intermediate", _root, isAuthority: true);
        using var falseRoot = Issue("root", issuer: null, isAuthority: true);
        using var falseIntermediate = Issue("intermediate", falseRoot, isAuthority: true);
        using var sameSerial = Issue("server", falseRoot, serial: intermediate.SerialNumberBytes.ToArray());
        using var sameIssuer = Issue("server", falseIntermediate);
        Assert.False(Trusts(sameSerial, Unknown, [intermediate]));
        Assert.False(Trusts(sameSerial, Unknown, [_root, intermediate], sent: falseRoot));
        Assert.False(Trusts(sameIssuer, Unknown, [intermediate]));
        Assert.False(Trusts(sameIssuer, Unknown, [_root, intermediate], sent: falseIntermediate));
    }

    [Fact]
    public void A_certificate_for_another_name_or_purpose_or_one_that_is_over_is_not_trusted()
    {
        using var server = Issue("server", _root);
        using var client = Issue("client", _root, purpose: "1.3.6.1.5.5.7.3.2");
        using var old = Issue("old", _root, notAfter: Now.AddMinutes(-1));
        Assert.False(Trusts(server, Unknown | SslPolicyErrors.RemoteCertificateNameMismatch, [_root]));
        Assert.False(Trusts(server, SslPolicyErrors.RemoteCertificateNotAvailable, [_root]));
        Assert.False(Trusts(client, Unknown, [_root]));
        Assert.False(Trusts(old, Unknown, [_root]));
    }

    [Fact]
    public void What_the_machine_trusts_needs_no_authority_of_the_file()
    {
        using var server = Issue("server", _other);
        Assert.True(Trusts(server, SslPolicyErrors.None, [_root]));
    }

    private bool Trusts(
        X509Certificate2 server, SslPolicyErrors errors, X509Certificate2[] authorities, X509Certificate2? sent = null)
    {
        File.WriteAllLines(_file, authorities.Select(authority => authority.ExportCertificatePem()));
        using var chain = new X509Chain();
        if (sent is not null)
            chain.ChainPolicy.ExtraStore.Add(sent);
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        chain.Build(server);
        return CertificateAuthority.Load(_file).Trusts(server, chain, errors, checkRevocation: false);
    }

    private static X509Certificate2 Issue(
        string name,
        X509Certificate2? issuer,
        bool isAuthority = false,
        string purpose = "1.3.6.1.5.5.7.3.1",
        DateTimeOffset? notAfter = null,
        byte[]? serial = null)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(isAuthority, false, 0, true));
        if (!isAuthority)
            request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid(purpose)], false));
        var from = Now.AddHours(-1);
        var to = notAfter ?? Now.AddHours(1);
        if (issuer is null)
            return request.CreateSelfSigned(from, to);
        return request.Create(issuer, from, to, serial ?? RandomNumberGenerator.GetBytes(8)).CopyWithPrivateKey(key);
    }
}

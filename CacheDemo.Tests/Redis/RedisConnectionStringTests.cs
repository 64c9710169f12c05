using System.Net;
using CacheDemo.Redis;

namespace CacheDemo.Tests.Redis;

/// <summary>The accepted forms of a connection string, and what is said of others.</summary>
public class RedisConnectionStringTests
{
    private const string Secret = "hunter2";

    [Theory]
    [InlineData("host:6379", "host:6379")]
    [InlineData("host", "host:6379")]
    [InlineData(" host ", "host:6379")]
    [InlineData("10.0.0.1:7000", "10.0.0.1:7000")]
    [InlineData("::1", "[::1]:6379")]
    [InlineData("[::1]:7000", "[::1]:7000")]
    [InlineData("a:1,b:2, c", "a:1 b:2 c:6379")]
    [InlineData("a:1,ssl=true,password=x", "a:1")]
    [InlineData("a:1,$FLUSHALL=", "a:1")]
    [InlineData("a:1,tunnel=http:proxy:8080", "a:1")]
    [InlineData("redis://host", "host:6379")]
    [InlineData("rediss://host:7000/2", "host:7000")]
    [InlineData("REDIS://user:password@[::1]:7000", "[::1]:7000")]
    public void Each_server_has_an_address_and_a_port(string text, string servers) => Assert.Equal(
        servers, string.Join(' ', RedisConnectionString.Parse(text).EndPoints.Select(Address)));

    [Theory]
    [InlineData("host:6379", false, null, null, null)]
    [InlineData("host,ssl=true,user=u,password=p,defaultDatabase=3", true, "u", "p", 3)]
    [InlineData("host,SSL=True,Password=a=b", true, null, "a=b", null)]
    [InlineData("redis://host", false, null, null, null)]
    [InlineData("rediss://u:p@host/3", true, "u", "p", 3)]
    [InlineData("redis://:p@host", false, null, "p", null)]
    [InlineData("redis://p@host", false, null, "p", null)]
    [InlineData("redis://u:a%2Cb%3A%40%2F%25@host", false, "u", "a,b:@/%", null)]
    [InlineData("redis://u:a@b:c@host", false, "u", "a@b:c", null)]
    [InlineData("redis://u:a#b@host", false, "u", "a#b", null)]
    [InlineData("redis://host/", false, null, null, null)]
    public void Encryption_user_password_and_database_are_read(
        string text, bool ssl, string? user, string? password, int? database)
    {
        var options = RedisConnectionString.Parse(text);
        Assert.Equal(
            (ssl, user, password, database), (options.Ssl, options.User, options.Password, options.DefaultDatabase));
    }

    [Theory]
    [InlineData("", "part 1 of 1 (commas separate them) is not host:port (it is empty).")]
    [InlineData("host:port", "is not host:port (the port is not a number from 1 to 65535).")]
    [InlineData("host:0", "is not host:port (the port is not a number from 1 to 65535).")]
    [InlineData(":6379", "is not host:port (the host is missing).")]
    [InlineData("ho st", "is not host:port (it has a character that no host name has).")]
    [InlineData("[::1", "is not host:port (a bracket is not closed).")]
    [InlineData("::x", "is not host:port (it is not an IPv6 address).")]
    [InlineData("a..b", "is not host:port (it is not a host name).")]
    [InlineData("password=hunter2", "it names no server; give host:port first.")]
    [InlineData("host,password=a,hunter2", "part 3 of 3 (commas separate them) is not name=value")]
    [InlineData("host,hunter2=b", "part 2 of 2 (commas separate them) is not an option that is known.")]
    [InlineData("host,ssl=hunter2", ": ssl must be true or false.")]
    [InlineData("host,syncTimeout=60001", ": syncTimeout must be milliseconds from 1 to 60000.")]
    [InlineData("host,defaultDatabase=-1", ": defaultDatabase must be a database number: 0 or more.")]
    [InlineData("host,proxy=Twemproxy", ": proxy must be none")]
    [InlineData("host,serviceName=hunter2", ": serviceName must be nothing: Sentinel is not asked")]
    [InlineData("http://:hunter2@host", "the URL's scheme is not redis or rediss.")]
    [InlineData("redis://:hunter2@host:99999", "the URL's address is not host:port (the port is not")]
    [InlineData("redis://:hunter2@host/zero", "the URL's path is not a database number.")]
    [InlineData("redis://host?ssl=hunter2", "a query or fragment in the URL has no meaning here")]
    [InlineData("redis://host,password=hunter2", "a URL takes no options")]
    public void Of_a_malformed_one_the_fault_is_said_and_no_secret(string text, string problem)
    {
        Assert.Null(RedisConnectionString.TryParse(text, out var said));
        Assert.Contains(problem, said, StringComparison.Ordinal);
        Assert.DoesNotContain(Secret, said, StringComparison.Ordinal);
    }

    private static string Address(EndPoint server) =>
        server is DnsEndPoint name ? $"{name.Host}:{name.Port}" : $"{server}";
}

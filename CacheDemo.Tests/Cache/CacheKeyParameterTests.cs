using CacheDemo.Api.Cache;
using CacheDemo.Api.Http;
using CacheDemo.Api.Keyspace;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;

namespace CacheDemo.Tests.Cache;

/// <summary>Keys in URLs.</summary>
public class CacheKeyParameterTests
{
    private static readonly IServiceProvider Services = new ServiceCollection()
        .AddOptions<CacheOptions>().Configure(options => options.MaxKeyBytes = 20).Services.BuildServiceProvider();

    [Theory]
    [InlineData("/get/a/b", "a/b")]
    [InlineData("/get//a//", "/a//")]
    [InlineData("/get/a%2Fb", "a/b")]
    [InlineData("/get/%252F", "%2F")]
    [InlineData("/get/a+b", "a+b")]
    [InlineData("/get/%20a%20", " a ")]
    [InlineData("/get/%3F%23%25", "?#%")]
    [InlineData("/get/%F0%9F%94%91", "🔑")]
    [InlineData("/get/%e6%97%a5", "日")]
    [InlineData("/get/..", "..")]
    [InlineData("/get?key=..", "..")]
    [InlineData("/get?key=a+b%2Bc", "a b+c")]
    [InlineData("/get?other=x&key=a&key=b", "a")]
    [InlineData("/get/a?key=b", "a")]
    public async Task A_key_is_the_rest_of_the_path_or_in_the_query(string target, string key) =>
        Assert.Equal(key, (await BindAsync(target))?.Value);

    [Theory]
    [InlineData("/get", "The key is missing or empty.")]
    [InlineData("/get/", "The key is missing or empty.")]
    [InlineData("/get?other=x", "The key is missing or empty.")]
    [InlineData("/get/%", "The key is not percent-encoded UTF-8.")]
    [InlineData("/get/%4", "The key is not percent-encoded UTF-8.")]
    [InlineData("/get/%zz", "The key is not percent-encoded UTF-8.")]
    [InlineData("/get/%+1", "The key is not percent-encoded UTF-8.")]
    [InlineData("/get/%ff", "The key is not percent-encoded UTF-8.")]
    [InlineData("/get/%ed%a0%80", "The key is not percent-encoded UTF-8.")]
    [InlineData("/get/a%0Ab", "The key has a control character (U+000A).")]
    [InlineData("/get/aaaaaaaaaaaaaaaaaaa%C3%BC", "The key is 21 bytes of UTF-8; at most 20 are allowed.")]
    public async Task Another_is_refused_with_the_reason(string target, string reason)
    {
        var refused = await Assert.ThrowsAsync<BadInputException>(() => BindAsync(target).AsTask());
        Assert.Equal(("key", reason), (refused.Field, refused.Message));
    }

    // As Kestrel and RawPath leave them: both still encoded.
    private static ValueTask<CacheKeyParameter?> BindAsync(string target)
    {
        var context = new DefaultHttpContext { RequestServices = Services };
        var query = target.IndexOf('?');
        context.Request.Path = new PathString(query < 0 ? target : target[..query]);
        context.Request.QueryString = new QueryString(query < 0 ? "" : target[query..]);
        return CacheKeyParameter.BindAsync(context, null!);
    }
}

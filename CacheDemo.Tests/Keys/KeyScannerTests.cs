using CacheDemo.Api.Keys;

namespace CacheDemo.Tests.Keys;

/// <summary>Globs of Redis.</summary>
public class KeyScannerTests
{
    [Theory]
    [InlineData("cachedemo:", "cachedemo:")]
    [InlineData("a*b?", @"a\*b\?")]
    [InlineData("[a-b]^", @"\[a-b\]^")]
    [InlineData(@"a\*", @"a\\\*")]
    [InlineData("日本 🔑", "日本 🔑")]
    public void A_text_is_escaped_to_a_glob_of_itself(string text, string glob) =>
        Assert.Equal(glob, KeyScanner.EscapeGlob(text));
}
